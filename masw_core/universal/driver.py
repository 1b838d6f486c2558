"""Algorithm 2 (MASW-Uv) and S.2 (MADW-Uv) as a sequence of steps, around any untargeted attack.

What a step holds lives in ``step``, settings in ``config``, files in ``checkpoint``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from masw_core.engine.recipe import Recipe
from masw_core.engine.running import run
from masw_core.models.attacked import CountedModel, Frozen, require_signed
from masw_core.task.geometry import IMAGE_BOX, inside_box, project_ball
from masw_core.task.goals import Goal
from masw_core.universal.config import Universal
from masw_core.universal.evaluate import CHUNK, device_of, rates, scores_under
from masw_core.universal.step import PassRow, UniversalStep, stalled

import torch
from torch import Tensor, nn


def iterate_universal(
    universal: Universal, model: nn.Module, x: Tensor, true: Tensor, k: int, resume: UniversalStep | None = None
) -> Iterator[UniversalStep]:
    """Look for a universal perturbation step by step.

    Args:
        universal: the attack and its settings.
        model: inputs in its box to logits; left as it was.
        x: (N, 3, H, W) training samples in the box.
        true: (N, C) their true labels.
        k: top-k.
        resume: go on after this step of an earlier run with the same arguments; the steps that follow are
            the same, to the last bit, as if it had never been interrupted.

    Yields:
        A step for z = 0 (unless resumed), then one per batch; the last batch of a pass also brings the rates on
        all of x.

    Raises:
        ValueError: samples outside the box, shapes that do not fit, or a k that the labels do not allow.
    """
    x, goal = _checked(model, x, true, k)
    universal = universal.prepared(model, goal, x[0].numel())
    step = _start(model, x, goal) if resume is None else resume.to(x.device)
    _check_shape(step, x)
    if resume is None:
        yield step
    while step.ended is None:
        step = _batch(universal, model, x, goal, step)
        if step.seen == len(x):
            step = _close_pass(universal, model, x, goal, step)
        yield step


@dataclass(frozen=True)
class UniversalRecipe(Recipe):
    """A universal attack, see ``iterate_universal``; tensors on the CPU."""

    universal: Universal
    x: Tensor
    true: Tensor
    k: int
    resume: UniversalStep | None = None

    def steps(self, model: Any) -> Iterator[UniversalStep]:
        return iterate_universal(self.universal, model, self.x, self.true, self.k, self.resume)


def order_of(seed: int, number: int, samples: int) -> Tensor:
    """(N,) the order of the samples in a pass, the same on every machine."""
    draws = torch.Generator("cpu").manual_seed(seed * 100_003 + number)
    return torch.randperm(samples, generator=draws, device="cpu")


def _batch(universal: Universal, model: nn.Module, x: Tensor, goal: Goal, step: UniversalStep) -> UniversalStep:
    """Lines 3-5 of Algorithm 2 for the next samples."""
    if step.pass_ended:
        step = replace(step, number=step.number + 1, seen=0, skipped=0)
    z, box = step.perturbation, getattr(model, "box", IMAGE_BOX)
    order = order_of(universal.seed, step.number, len(x))
    rows = order[step.seen : step.seen + universal.batch].to(x.device)
    moved, wanted = inside_box(x[rows] + z, box), goal[rows]
    counted = CountedModel(model)
    with Frozen(model), torch.no_grad():
        going = ~wanted.success(counted(moved))
    forwards, backwards = counted.forwards, 0
    if bool(going.any()):
        found = run(universal.attack, model, moved[going], wanted[going], stop="success", returns="last")
        z = project_ball((z + found.perturbation.sum(0))[None], universal.tau or torch.inf)[0]
        forwards, backwards = forwards + found.forwards, found.backwards
    return replace(
        step,
        perturbation=z,
        best=step.best if step.best_pass else z,
        seen=step.seen + len(rows),
        skipped=step.skipped + int((~going).sum()),
        forwards=step.forwards + forwards,
        backwards=step.backwards + backwards,
    )


def _close_pass(universal: Universal, model: nn.Module, x: Tensor, goal: Goal, step: UniversalStep) -> UniversalStep:
    """Lines 6-12: the rates on X_t, what is best, and whether it goes on."""
    step = replace(step, forwards=step.forwards + -(-len(x) // CHUNK))
    row = _row(model, x, goal, step)
    history = (*step.history, row)
    step = replace(step, history=history)
    ended: str | None = None
    if universal.target_rate is not None and row.asr >= universal.target_rate:
        ended = "rate"
    elif stalled(history) > universal.patience:
        ended = "patience"
    elif row.number >= universal.passes:
        ended = "passes"
    return replace(step, ended=ended, best=step.perturbation if step.best_pass == row.number else step.best)


def _start(model: nn.Module, x: Tensor, goal: Goal) -> UniversalStep:
    """z = 0, and what the clean samples already give."""
    z = torch.zeros_like(x[0])
    blank = UniversalStep(z, z, number=0, seen=0, skipped=0, samples=len(x), history=(), forwards=-(-len(x) // CHUNK))
    return replace(blank, history=(_row(model, x, goal, blank),))


def _row(model: nn.Module, x: Tensor, goal: Goal, step: UniversalStep) -> PassRow:
    reached = rates(goal, scores_under(model, step.perturbation, x))
    return PassRow(
        number=step.number,
        asr=reached.asr,
        sasr=reached.sasr,
        lfr=reached.lfr,
        norm=step.norm,
        skipped=step.skipped_share,
        forwards=step.forwards,
        backwards=step.backwards,
    )


def _checked(model: nn.Module, x: Tensor, true: Tensor, k: int) -> tuple[Tensor, Goal]:
    require_signed(model)
    goal = Goal.untargeted(true, k)
    if not len(x) or len(goal) != len(x):
        raise ValueError(f"There are {len(x)} samples and {len(goal)} rows of labels: give one row per sample.")
    low, high = getattr(model, "box", IMAGE_BOX)
    if not bool(((x >= low - 1e-5) & (x <= high + 1e-5)).all()):
        raise ValueError("The samples leave the box or hold NaN: scale images to [-1, 1] before attacking them.")
    device = device_of(model, x)
    return x.detach().to(device), goal.to(device)


def _check_shape(step: UniversalStep, x: Tensor) -> None:
    if step.samples != len(x) or step.perturbation.shape != x[0].shape:
        raise ValueError(
            f"The step to resume belongs to {step.samples} samples of shape {tuple(step.perturbation.shape)}, "
            f"not to {len(x)} of {tuple(x[0].shape)}: start again."
        )
