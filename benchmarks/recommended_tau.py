"""The radius that attacks on the photo taggers need: norms of MASW on COCO's training photos, per case.

    python -m benchmarks.recommended_tau --root DIR [--models photo photo-fast photo-voc] [--photos 16] [--steps 50]

Photos whose top labels are right, k = 3. MASW runs in a generous ball, with its own steps of tau / 40, and goes on
after its first success; the smallest norm of a success counts, infinite where there is none. ``--tau`` runs in balls of
given sizes instead, with the longer steps that a sweep gives, to see how many succeed there.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import masw_core  # noqa: F401  (sets OMP_WAIT_POLICY before torch is imported)
from masw_core.attacks.base import Attack
from masw_core.attacks.registry import load_attack
from masw_core.benchmark.methods import Method
from masw_core.benchmark.protocol import understood
from masw_core.data import load_dataset
from masw_core.engine.running import run
from masw_core.models import MultiLabelModel, load_model
from masw_core.models.coco import COCO_LABELS, COCO_NAME_OF_VOC
from masw_core.task.goals import CASES
from masw_core.task.targets import make_goal

import numpy as np
import torch
from torch import Tensor

GENEROUS = {"untargeted": 2.0, "best": 3.0, "random": 5.0, "worst": 6.0}
K = 3


def photos(root: Path, model: MultiLabelModel, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """Images, true labels and clean logits of the first photos, in a random order, whose top labels are right."""
    data = load_dataset("coco2014", "train", size=model.input_size[0], root=root)
    columns = [COCO_LABELS.index(COCO_NAME_OF_VOC.get(label, label)) for label in model.labels]
    found: list[tuple[Tensor, Tensor, Tensor]] = []
    for index in np.random.default_rng(0).permutation(len(data)).tolist():
        image, present = data[index]
        true = present[columns]
        with torch.inference_mode():
            scores = model(image[None])[0].clone()
        if understood(scores[None], true[None])[0]:
            found.append((image, true, scores))
        if len(found) == count:
            break
    x, true, clean = (torch.stack(part) for part in zip(*found, strict=True))
    return x, true, clean


def norms(model: MultiLabelModel, case: str, attack: Attack, known: tuple[Tensor, ...], batch: int) -> Tensor:
    """(N,) smallest norm of a success; infinite where there is none."""
    x, true, clean = known
    parts = []
    for rows in torch.arange(len(x)).split(batch):
        goal = make_goal(case, true[rows], K, clean[rows], seed=rows.tolist())
        result = run(attack, model, x[rows], goal, stop="never")
        norm = result.perturbation.flatten(1).norm(dim=1)
        parts.append(norm.masked_fill(~result.success, torch.inf))
    return torch.cat(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--root", type=Path, required=True, metavar="DIR", help="COCO 2014 in its official layout")
    parser.add_argument("--models", nargs="+", default=["photo", "photo-fast", "photo-voc"])
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=CASES)
    parser.add_argument("--tau", type=float, nargs="+", help="radius per case instead of the generous ones")
    parser.add_argument("--photos", type=int, default=16)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--batch", type=int, default=4)
    options = parser.parse_args()
    radii = options.tau or [GENEROUS[case] for case in options.cases]
    columns = ("model", "case", "photos", "tau", "succeed", "quarter", "median", "three quarters")
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for name in options.models:
        model = load_model(name)
        known = photos(options.root, model, options.photos)
        for case, tau in zip(options.cases, radii, strict=True):
            masw = Method.parse("masw")
            given = (
                masw.attack(options.steps, tau) if options.tau else load_attack("masw", steps=options.steps, tau=tau)
            )
            found = norms(model, case, given, known, options.batch)
            # sorted by hand: between a finite and an infinite norm there is nothing to interpolate
            ordered = found.sort().values[[round(share * (len(found) - 1)) for share in (0.25, 0.5, 0.75)]]
            rate = 100 * float(found.isfinite().float().mean())
            numbers = " | ".join(f"{value:.2f}" for value in ordered.tolist())
            print(f"| {name} | {case} | {len(found)} | {tau:g} | {rate:.0f} % | {numbers} |", flush=True)


if __name__ == "__main__":
    main()
