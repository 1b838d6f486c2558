"""Success per case, model and k: MASW, TkML and PGD side by side at equal steps, step length and tau.

    python -m benchmarks.success [--out benchmarks/results/success.csv] [--scenes 100] [--steps 60]
    python -m benchmarks.success --write      # only rewrites docs/measurements.md from the CSV

Images: the first correctly tagged test scenes (models scenes, scenes-robust) and the sample pictures (each with
its own model; true labels as listed with the samples). A finished row is not run again.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from masw_core import Goal, load_attack, load_dataset, load_model, make_goal, metrics, run
from masw_core.goals import CASES
from masw_core.images import read_image, to_tensor
from masw_core.models import MultiLabelModel
from masw_core.samples import list_samples
from masw_core.steps import Step

import torch

ATTACKS: dict[str, tuple[str, dict]] = {
    "MASW": ("masw", {}),
    "MASW, uniform weights": ("masw", {"weighting": "uniform"}),
    "TkML": ("tkml", {}),
    "PGD": ("pgd", {}),
}
FIELDS = ["images", "model", "case", "k", "attack", "samples", "tau", "steps", "asr", "sasr", "lfr", "norm"]
FIELDS += ["pert_eq27", "pert_table", "fluctuation", "forwards", "seconds_per_image"]


@dataclass(frozen=True)
class Images:
    """Pictures with true labels, and the model that attacks are run on."""

    name: str
    model: MultiLabelModel
    x: torch.Tensor
    true: torch.Tensor
    clean: torch.Tensor


def test_scenes(model_name: str, count: int) -> Images:
    """The first ``count`` test scenes that the model tags exactly right."""
    model, data = load_model(model_name), load_dataset("scenes", "test")
    images, labels, index = [], [], 0
    while len(images) < count:
        image, true = data[index]
        index += 1
        with torch.no_grad():
            right = bool(((model(image[None])[0] >= 0) == true.bool()).all())
        if right:
            images.append(image)
            labels.append(true.bool())
    return _images("test scenes", model, torch.stack(images), torch.stack(labels))


def samples_of(model_name: str) -> Images:
    """The sample pictures that bring this model."""
    model = load_model(model_name)
    chosen = [sample for sample in list_samples() if sample.model == model_name]
    x = torch.stack([to_tensor(read_image(sample.file), model.input_size) for sample in chosen])
    true = torch.tensor([[label in sample.labels for label in model.labels] for sample in chosen])
    return _images("samples", model, x, true)


def _images(name: str, model: MultiLabelModel, x: torch.Tensor, true: torch.Tensor) -> Images:
    with torch.no_grad():
        clean = torch.cat([model(part) for part in x.split(8)])
    return Images(name, model, x, true, clean)


def measure(images: Images, case: str, k: int, label: str, steps: int, batch: int) -> dict[str, object]:
    """One row: an attack on all images of a set that can have this goal at all."""
    name, settings = ATTACKS[label]
    possible = images.true.sum(1) <= len(images.model.labels) - k
    x, true, clean = images.x[possible], images.true[possible], images.clean[possible]
    tau = images.model.recommended_tau[case]
    attack = load_attack(name, steps=steps, tau=tau, step_size=2.5 * tau / steps, **settings)
    parts, curves, started = [], [], time.perf_counter()
    for start in range(0, len(x), batch):
        rows = slice(start, start + batch)
        seeds = list(range(start, start + len(x[rows])))
        goal = make_goal(case, true[rows], k, clean[rows], seed=seeds)
        curve = torch.full((len(x[rows]), steps + 1), torch.nan)
        parts.append((goal, run(attack, images.model, x[rows], goal, on_step=_follow(curve))))
        curves.append(curve)
    seconds = (time.perf_counter() - started) / len(x)
    goal = _join([goal for goal, _ in parts])
    scores, z, adversarial = (
        torch.cat([getattr(result, name) for _, result in parts]) for name in ("scores", "perturbation", "adversarial")
    )
    reached = goal.success(scores)
    table = metrics.pert_table(x, adversarial)[reached]
    return {
        "images": images.name,
        "model": images.model.name,
        "case": case,
        "k": k,
        "attack": label,
        "samples": len(x),
        "tau": tau,
        "steps": steps,
        "asr": f"{metrics.asr(goal, scores):.4f}",
        "sasr": f"{metrics.sasr(goal, scores):.4f}",
        "lfr": f"{metrics.lfr(goal, scores):.4f}",
        "norm": f"{z.flatten(1).norm(dim=1).mean():.3f}",
        "pert_eq27": f"{metrics.pert_eq27(z).mean():.3e}",
        "pert_table": f"{table.mean():.3e}" if len(table) else "",
        "fluctuation": f"{metrics.fluctuation(torch.cat(curves)).mean():.3f}",
        "forwards": f"{torch.cat([result.forwards_per_sample for _, result in parts]).float().mean():.1f}",
        "seconds_per_image": f"{seconds:.3f}",
    }


def _follow(curve: torch.Tensor) -> Callable[[Step], None]:
    """Writes the Lagrangian of every step into a (B, T + 1) table; NaN where a sample has finished."""

    def on_step(step: Step) -> None:
        curve[step.samples, step.index] = step.lagrangian

    return on_step


def _join(goals: list[Goal]) -> Goal:
    def cat(field: str) -> torch.Tensor | None:
        values = [getattr(goal, field) for goal in goals]
        return None if values[0] is None else torch.cat(values)

    true = cat("true")
    assert true is not None
    return Goal(true=true, k=goals[0].k, target=cat("target"), case=goals[0].case)


def plan() -> Iterator[tuple[str, str, int, str, str]]:
    """What is measured, the most telling first: images, model, k, case, attack."""
    sets = [
        ("test scenes", "scenes"),
        ("test scenes", "scenes-robust"),
        ("samples", "photo"),
        ("samples", "scenes-robust"),
    ]
    for k in (3, 5, 10):
        for images, model in sets:
            for case in CASES:
                for attack in ATTACKS:
                    if k == 3 or attack != "MASW, uniform weights":
                        yield images, model, k, case, attack


def write(rows: list[dict[str, str]], page: Path) -> None:
    """Replace the table between the markers of docs/measurements.md."""
    start, end = "<!-- success: start -->", "<!-- success: end -->"
    lines = ["| images | model | k | case | tau | attack | ASR | SASR | LFR | mean L2 | fluctuation |"]
    lines.append("|---|---|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        rates = " | ".join(f"{100 * float(row[name]):.0f}" for name in ("asr", "sasr", "lfr"))
        lines.append(
            f"| {row['images']} ({row['samples']}) | {row['model']} | {row['k']} | {row['case']} | {row['tau']} "
            f"| {row['attack']} | {rates} | {float(row['norm']):.2f} | {float(row['fluctuation']):.2f} |"
        )
    text = page.read_text()
    before, rest = text.split(start)
    page.write_text(before + start + "\n" + "\n".join(lines) + "\n" + end + rest.split(end)[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "success.csv")
    parser.add_argument("--scenes", type=int, default=100)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--batch", type=int, default=25)
    parser.add_argument("--only", choices=("test scenes", "samples"), help="one kind of images")
    parser.add_argument("--model", help="one model")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    finished = {_key(row) for row in _read(options.out)}
    loaded: dict[tuple[str, str], Images] = {}
    options.out.parent.mkdir(exist_ok=True)
    for images, model, k, case, attack in () if options.write else plan():
        if (images, model, str(k), case, attack) in finished or options.only not in (None, images):
            continue
        if options.model not in (None, model):
            continue
        if (images, model) not in loaded:
            loaded[images, model] = test_scenes(model, options.scenes) if images != "samples" else samples_of(model)
        batch = 6 if model == "photo" else options.batch
        row = measure(loaded[images, model], case, k, attack, options.steps, batch)
        print(row, flush=True)
        _append(options.out, row)
    write(sorted(_read(options.out), key=_place), Path(__file__).parents[1] / "docs" / "measurements.md")


def _read(file: Path) -> list[dict[str, str]]:
    if not file.exists():
        return []
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def _append(file: Path, row: dict[str, object]) -> None:
    new = not file.exists()
    with file.open("a", newline="") as lines:
        writer = csv.DictWriter(lines, FIELDS)
        if new:
            writer.writeheader()
        writer.writerow(row)


def _key(row: dict[str, str]) -> tuple[str, str, str, str, str]:
    return row["images"], row["model"], row["k"], row["case"], row["attack"]


def _place(row: dict[str, str]) -> tuple[object, ...]:
    names = list(ATTACKS)
    return (
        row["images"] != "test scenes",
        row["model"],
        int(row["k"]),
        CASES.index(row["case"]),
        names.index(row["attack"]),
    )


if __name__ == "__main__":
    main()
