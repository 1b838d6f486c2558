"""Attack one image and write down what happened: the folder that the command line's ``attack`` leaves behind."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from masw_core.attacks import Attack
from masw_core.data.images import round_8bit, to_png, to_tensor
from masw_core.engine.running import Result, run
from masw_core.models import MultiLabelModel
from masw_core.models.attacked import signed
from masw_core.task import measures, metrics
from masw_core.task.goals import Goal
from masw_core.task.targets import make_goal, predicted_labels
from masw_core.trace.step import Step

import numpy as np
import torch
from PIL import Image
from torch import Tensor


@dataclass(frozen=True)
class Report:
    """One attacked image: the engine's result, the goal it had, and the facts of result.json."""

    result: Result
    goal: Goal
    facts: dict[str, Any]

    def save(self, folder: Path) -> None:
        """Write adversarial.png, perturbation.npy, trace.npz and result.json."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "adversarial.png").write_bytes(to_png(self.result.adversarial[0].cpu()))
        np.save(folder / "perturbation.npy", self.result.perturbation[0].cpu().numpy())
        if self.result.traces:
            self.result.traces[0].save(folder / "trace.npz")
        (folder / "result.json").write_text(json.dumps(self.facts, indent=2) + "\n")


def named_labels(model: MultiLabelModel, names: list[str]) -> Tensor:
    """(1, C) bool from label names.

    Raises:
        ValueError: the model has no label of this name.
    """
    known = list(model.labels)
    for name in names:
        if name not in known:
            raise ValueError(f"{model.name} has no label {name!r}: choose among {', '.join(known)}.")
    return torch.tensor([[label in names for label in known]])


def task_of(
    model: MultiLabelModel, image: Image.Image, case: str, k: int, labels: list[str] | None = None, seed: int = 0
) -> tuple[Tensor, Goal]:
    """The picture at the model's size, (1, 3, H, W) in [-1, 1] on the model's device, and the goal on it.

    Args:
        model, image, case, k, labels, seed: see ``attack_image``.

    Raises:
        ValueError: unknown labels or an infeasible goal, in one sentence.
    """
    device = next(model.parameters()).device
    x = to_tensor(image, model.input_size)[None].to(device)
    with torch.no_grad():
        clean = signed(model)(x)
    true = predicted_labels(clean) if labels is None else named_labels(model, labels).to(device)
    return x, make_goal(case, true, k, clean, seed=seed)


def attack_image(
    attack: Attack,
    model: MultiLabelModel,
    image: Image.Image,
    case: str,
    k: int,
    labels: list[str] | None = None,
    seed: int = 0,
    stop: str = "success",
    on_step: Callable[[Step], None] | None = None,
    **facts: Any,
) -> Report:
    """Attack one picture.

    Args:
        attack: from ``load_attack``.
        model: from ``load_model``, or your own; what is reported is of [-1, 1] images whatever range it takes.
        image: RGB picture of any size; it is scaled to the model's input.
        case: one of ``goals.CASES``.
        k: top-k.
        labels: names of the true labels; None: what the model predicts.
        seed: for the random case.
        stop: see ``engine.run``.
        on_step: called with every step.
        **facts: added to the header of the trace, such as ``picture="photo.jpg"``.

    Raises:
        ValueError: unknown labels or an infeasible goal, in one sentence.
    """
    model = signed(model)
    x, goal = task_of(model, image, case, k, labels, seed)
    started = time.perf_counter()
    facts |= {"seed": seed, "device": x.device.type}
    result = run(attack, model, x, goal, stop=stop, trace=True, on_step=on_step, **facts)
    seconds = time.perf_counter() - started
    return Report(result, goal, _facts(result, goal, model, x, case, seconds))


def _facts(result: Result, goal: Goal, model: MultiLabelModel, x: Tensor, case: str, seconds: float) -> dict[str, Any]:
    """The keys of result.json."""

    def names(row: Tensor) -> list[str]:
        return [model.labels[index] for index in row.nonzero().flatten().tolist()]

    def ranked(scores: Tensor) -> list[str]:
        return [model.labels[index] for index in scores[0].topk(goal.k).indices.tolist()]

    with torch.no_grad():
        rounded = bool(goal.success(model(round_8bit(result.adversarial)))[0])
    values = measures.of_goal(goal, result.scores, result.clean_scores)
    return {
        "attack": result.attack.name,
        "model": model.name,
        "case": case,
        "k": goal.k,
        "labels": list(model.labels),
        "true_labels": names(goal.true[0]),
        "target_labels": [] if goal.target is None else names(goal.target[0]),
        "top_k_before": ranked(result.clean_scores),
        "top_k_after": ranked(result.scores),
        "success": bool(result.success[0]),
        "success_after_8bit": rounded,
        **{name: float(value[0]) for name, value in values.items()},
        "l2": float(result.perturbation.norm()),
        "pert_eq27": float(metrics.pert_eq27(result.perturbation)[0]),
        "pert_table": float(metrics.pert_table(x, result.adversarial)[0]),
        "steps": int(result.iterations[0]),
        "forwards": result.forwards,
        "backwards": result.backwards,
        "seconds": seconds,
        "config": result.attack.config(),
    }
