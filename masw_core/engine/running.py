"""Runs an attack to its end: what is kept of its steps, fresh success, counters, traces.

The steps themselves, with projection and stop rules, come from ``loop``; what is returned is evaluated afresh.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from masw_core.attacks.base import Attack
from masw_core.engine.best import Best
from masw_core.engine.loop import prepare, steps_of
from masw_core.models.attacked import CountedModel, Frozen, signed
from masw_core.task.geometry import IMAGE_BOX, inside_box
from masw_core.task.goals import Goal
from masw_core.task.ranges import change_from_signed, from_signed, is_signed, range_of, to_signed
from masw_core.trace.recorder import TraceRecorder, trace_header
from masw_core.trace.step import Step
from masw_core.trace.trace import Trace

import torch
from torch import Tensor, nn

RETURNS = ("best", "lagrangian", "last")


@dataclass(frozen=True)
class Result:
    """What ``run`` returns; rows are the samples of the batch.

    Attributes:
        adversarial: (B, ...) images inside the box, in the range of the model's images.
        perturbation: (B, ...) adversarial minus clean, in the same range: half as long as tau counts it for a model
            with ``input_range=(0, 1)``.
        success: (B,) bool, by a fresh evaluation of ``adversarial``.
        iterations: (B,) updates made before the sample left the batch.
        forwards, backwards: batched model calls in all.
        forwards_per_sample, backwards_per_sample: (B,) how many of them a sample took part in.
        scores, clean_scores: (B, C) logits of ``adversarial`` and of the clean images.
        attack: the attack with everything filled in.
        traces: one per sample, or None; always of [-1, 1] images.
    """

    adversarial: Tensor
    perturbation: Tensor
    success: Tensor
    iterations: Tensor
    forwards: int
    backwards: int
    forwards_per_sample: Tensor
    backwards_per_sample: Tensor
    scores: Tensor
    clean_scores: Tensor
    attack: Attack
    traces: list[Trace] | None = None


def run(
    attack: Attack,
    model: nn.Module,
    x: Tensor,
    goal: Goal,
    stop: str = "success",
    trace: bool = False,
    returns: str = "best",
    on_step: Callable[[Step], None] | None = None,
    **header: Any,
) -> Result:
    """Run an attack to its end.

    Args:
        attack, model, x, goal, stop: as for ``iterate``.
        trace: also record every sample's steps.
        returns: which point of a path is returned. ``"best"``: the success with the smallest norm, else the
            point with the lowest failure degree, the earliest of equals; ``"lagrangian"``: the last point that
            lowered L, z* of Algorithm 1; ``"last"``: the last point.
        on_step: called with every step, for progress bars and the like.
        **header: further facts for the header of the traces, such as ``seed=0``.

    Raises:
        ValueError: as for ``iterate``, or an unknown ``returns``.
    """
    if returns not in RETURNS:
        raise ValueError(f"returns = {returns!r} is unknown: choose one of {', '.join(RETURNS)}.")
    ready = prepare(attack, model, x, goal, stop)
    clean, goal = ready.x, ready.goal
    given, network = range_of(model), signed(model)
    x, counted = to_signed(clean, given), CountedModel(network)
    best = Best(x, returns)
    forwards, backwards = (torch.zeros(len(x), dtype=torch.long, device=x.device) for _ in range(2))
    iterations = torch.zeros_like(forwards)
    recorders = _recorders(ready.attack, network, x, goal, {"stop": stop, **header}) if trace else None
    clean_scores: Tensor | None = None
    before = (0, 0)
    for step in steps_of(ready.attack, counted, x, goal, stop):
        clean_scores = step.scores if clean_scores is None else clean_scores
        forwards[step.samples] += counted.forwards - before[0]
        backwards[step.samples] += counted.backwards - before[1]
        iterations[step.samples] = step.index
        before = (counted.forwards, counted.backwards)
        best.update(step)
        if recorders is not None:
            _record(recorders, step)
        if on_step is not None:
            moved = change_from_signed(step.perturbation, given)
            on_step(step if is_signed(given) else replace(step, perturbation=moved))
    adversarial = from_signed(inside_box(x + best.perturbation, getattr(model, "box", IMAGE_BOX)), given)
    with Frozen(network), torch.no_grad():
        scores = counted(to_signed(adversarial, given))
    return Result(
        adversarial=adversarial,
        perturbation=adversarial - clean,
        success=goal.success(scores),
        iterations=iterations,
        forwards=counted.forwards,
        backwards=counted.backwards,
        forwards_per_sample=forwards + 1,
        backwards_per_sample=backwards,
        scores=scores,
        clean_scores=scores if clean_scores is None else clean_scores,
        attack=ready.attack,
        traces=None if recorders is None else [recorder.snapshot(complete=True) for recorder in recorders],
    )


def _recorders(attack: Attack, model: nn.Module, x: Tensor, goal: Goal, header: dict[str, Any]) -> list[TraceRecorder]:
    images = x.cpu().numpy()
    return [
        TraceRecorder(trace_header(attack, model, goal, row, **header), images[row], attack.steps)
        for row in range(len(x))
    ]


def _record(recorders: list[TraceRecorder], step: Step) -> None:
    step = step.cpu()
    for row, sample in enumerate(step.samples.tolist()):
        recorders[sample].append(step, row)
