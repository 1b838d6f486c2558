"""Attack one image and write down what happened: the folder that the command line's ``attack`` leaves behind."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from masw_core.attacks import Attack
from masw_core.data.images import to_tensor
from masw_core.engine.running import Result, run
from masw_core.models import MultiLabelModel
from masw_core.models.attacked import signed
from masw_core.models.registry import load_model
from masw_core.one_picture.outcome import as_text, facts_at, files_at, save_files
from masw_core.survival.behind import model_behind
from masw_core.survival.degradations import degradation
from masw_core.survival.judge import Survival, after_degradations, on_another
from masw_core.survival.transfer import others_of
from masw_core.task.goals import Goal
from masw_core.task.targets import make_goal, predicted_labels
from masw_core.trace.step import Step
from masw_core.trace.trace import Trace

import torch
from PIL import Image
from torch import Tensor


@dataclass(frozen=True)
class Report:
    """One attacked image: the engine's result, the goal it had, its trace, and the facts of result.json."""

    result: Result
    goal: Goal
    trace: Trace
    facts: dict[str, Any]

    def save(self, folder: Path) -> None:
        """Write picture.png, adversarial.png, perturbation.npy, trace.npz and result.json."""
        save_files(folder, {**files_at(self.trace, self.trace.best_step), "result.json": as_text(self.facts)})


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
    behind: str | None = None,
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
        behind: name of a degradation; the attack then sees the model behind it, and is successful where the degraded
            picture reaches the goal.
        **facts: added to the header of the trace, such as ``picture="photo.jpg"``.

    Raises:
        ValueError: unknown labels or degradation, or an infeasible goal, in one sentence.
    """
    model = signed(model)
    seen = model if behind is None else model_behind(model, degradation(behind))
    x, goal = task_of(model, image, case, k, labels, seed)
    started = time.perf_counter()
    facts |= {"seed": seed, "device": x.device.type}
    result = run(attack, seen, x, goal, stop=stop, trace=True, on_step=on_step, **facts)
    seconds = time.perf_counter() - started
    assert result.traces is not None
    trace = result.traces[0]
    survival = survival_of(model, x, result.adversarial, goal)
    return Report(result, goal, trace, {**_facts(result, trace, survival, seconds), "behind": behind})


def survival_of(model: MultiLabelModel, x: Tensor, adversarial: Tensor, goal: Goal) -> list[Survival]:
    """How an adversarial picture fares after every degradation, "png" first, and on the other shipped models of the
    same labels, which are loaded beside the attacked one.

    Args:
        model, x, adversarial, goal: see ``survival.judge.after_degradations``.
    """
    others = (load_model(name, device=x.device) for name in others_of(model.name, model.labels))
    degraded = after_degradations(model, x, adversarial, goal)
    return [*degraded, *(on_another(other, x, adversarial, goal) for other in others)]


def _facts(result: Result, trace: Trace, survival: list[Survival], seconds: float) -> dict[str, Any]:
    """The keys of result.json: what the trace says of the point that is returned, and what only the engine knows."""
    return {
        **facts_at(trace, trace.best_step),
        "success": bool(result.success[0]),
        "success_after_8bit": survival[0].success,
        "survives": {one.name: one.facts() for one in survival},
        "steps": int(result.iterations[0]),
        "forwards": result.forwards,
        "backwards": result.backwards,
        "seconds": seconds,
    }
