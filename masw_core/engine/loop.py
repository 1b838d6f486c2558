"""Steps of any attack over a batch: checks, loop, projection, stop rule, compaction.

The engine disposes, the attack proposes. After every proposal the perturbation is projected on the ball and the
box; finished samples leave the batch and cost nothing more. Attacks always work on [-1, 1] images; for a model of
another range (``task.ranges``) images are changed on the way in and out, here and in ``running``.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace

from masw_core.attacks.base import Attack
from masw_core.data.images import round_8bit
from masw_core.models.attacked import CountedModel, Frozen, signed
from masw_core.task import measures
from masw_core.task.geometry import IMAGE_BOX, FeasibleSet
from masw_core.task.goals import Goal
from masw_core.task.ranges import change_from_signed, is_signed, range_of, to_signed
from masw_core.trace.step import Step

import torch
from torch import Tensor, nn

STOPS = ("success", "rounded", "gradient", "never")
GRADIENT_TOLERANCE = 1e-3  # line 7 of Algorithm 1, made relative to the first gradient


@dataclass(frozen=True)
class Prepared:
    """A run that has passed every check. Its steps may be taken, any number of times, and nothing is checked again.

    Attributes:
        attack: with everything filled in that depends on the model or the case.
        model: as it was given.
        x: (B, ...) clean inputs, on the device of the model and in the range of its images.
        goal: on the same device.
        stop: the stop rule.
        asked: the attack as it was given.
    """

    attack: Attack
    model: nn.Module
    x: Tensor
    goal: Goal
    stop: str
    asked: Attack

    def __iter__(self) -> Iterator[Step]:
        """The steps, as ``iterate`` yields them."""
        given, network = range_of(self.model), signed(self.model)
        for step in steps_of(self.attack, CountedModel(network), to_signed(self.x, given), self.goal, self.stop):
            yield step if is_signed(given) else replace(step, perturbation=change_from_signed(step.perturbation, given))


def prepare(attack: Attack, model: nn.Module, x: Tensor, goal: Goal, stop: str = "never") -> Prepared:
    """Check a run and fill in what its attack leaves open, without evaluating the model.

    For whoever says first why a run is impossible and starts it later: what was checked is what will run.

    Args:
        attack, model, x, goal, stop: as for ``iterate``.

    Raises:
        ValueError: why the run is impossible, in one sentence.
    """
    x, goal = _checked(model, x, goal, stop)
    return Prepared(attack.prepared(signed(model), goal), model, x, goal, stop, attack)


def iterate(attack: Attack, model: nn.Module, x: Tensor, goal: Goal, stop: str = "never") -> Iterator[Step]:
    """Run an attack step by step.

    Args:
        attack: from ``load_attack``.
        model: inputs in its box (``model.box``, else ``model.input_range``, else [-1, 1]) to logits; moved nowhere,
            left as it was.
        x: (B, ...) clean inputs in the box; never changed.
        goal: one row per sample.
        stop: ``"success"``: a sample leaves the batch when its goal is reached; ``"rounded"``: when it is reached
            by the image as 8-bit pixels too (costs a forward for samples that succeed, and only then counts as
            success); ``"gradient"``: when the gradient falls to a thousandth of its first norm; ``"never"``.

    Yields:
        A step per point: index 0 is the clean input, index t the point after t updates, so T updates give T+1
        steps. Samples that are done are missing from later steps. Perturbations (and so ``step.norm``) are in the
        range of the model's images, every other number is that of [-1, 1] images.

    Raises:
        ValueError: inputs outside the box or not finite, a goal of another size, an unknown stop rule, or a case that
            the attack cannot do.

    Warns once (``UserWarning``) when a whole batch for a model of [-1, 1] images lies in [0, 1].
    """
    yield from prepare(attack, model, x, goal, stop)


def steps_of(attack: Attack, counted: CountedModel, x: Tensor, goal: Goal, stop: str) -> Iterator[Step]:
    """The loop: a prepared attack on checked inputs in [-1, 1] (or in the box of a model that has one)."""
    still, box = Frozen(counted.model), getattr(counted.model, "box", IMAGE_BOX)
    if goal.keep is not None:
        with still, torch.no_grad():
            goal = goal.bound_to(counted(x))
    samples = torch.arange(len(x), device=x.device)
    state, first_norm = attack.init(x, goal), None
    feasible = FeasibleSet.around(x, float("inf") if attack.tau is None else attack.tau, box)

    for index in range(attack.steps + 1):
        with still:
            if index < attack.steps:
                moved, step = attack.step(state, counted, x, goal)
                moved = replace(moved, perturbation=feasible.project(moved.perturbation))
            else:
                with torch.no_grad():
                    moved, step = state, attack.observe(state, counted(x + state.perturbation), goal)
        success = goal.success(step.scores)
        if stop == "rounded" and bool(success.any()):
            with still, torch.no_grad():
                pixels = round_8bit((x + step.perturbation)[success])
                success = success.masked_scatter(success, goal[success].success(counted(pixels)))
        step = replace(
            step, index=index, samples=samples, success=success, failure=measures.failure_degree(goal, step.scores)
        )
        yield step
        state = moved
        if stop == "never":
            continue
        first_norm = step.gradient_norm if first_norm is None else first_norm
        done = step.success
        if stop == "gradient":
            done = step.gradient_norm <= GRADIENT_TOLERANCE * first_norm
        if bool(done.any()):
            on = ~done
            samples, x, goal, state, first_norm = samples[on], x[on], goal[on], state[on], first_norm[on]
            feasible = feasible[on]
            if not len(samples):
                return


def _checked(model: nn.Module, x: Tensor, goal: Goal, stop: str) -> tuple[Tensor, Goal]:
    if stop not in STOPS:
        raise ValueError(f"stop = {stop!r} is unknown: choose one of {', '.join(STOPS)}.")
    if len(goal) != len(x):
        raise ValueError(f"The goal has {len(goal)} rows but there are {len(x)} inputs: give one row per input.")
    _check_labels(model, goal)
    parameter = next(model.parameters(), None)
    if parameter is not None:
        x, goal = x.detach().to(parameter.device), goal.to(parameter.device)
    layout = getattr(model, "memory_format", torch.preserve_format)
    if x.dim() == 4 and layout != torch.preserve_format:
        x = x.contiguous(memory_format=layout)  # perturbations follow, so nothing is laid out anew at every step
    if not bool(torch.isfinite(x).all()):
        raise ValueError("The inputs hold NaN or infinite values: give finite numbers.")
    given = range_of(model)
    low, high = getattr(model, "box", given)
    if bool(((x < low - 1e-5) | (x > high + 1e-5)).any()):
        wanted = "[-1, 1]" if is_signed(given) else "[0, 1], the range of this model's images,"
        raise ValueError(f"The inputs leave the box: scale images to {wanted} before attacking them.")
    if is_signed(given) and not hasattr(model, "box") and _looks_unsigned(x):
        warnings.warn(
            "All images lie in [0, 1] but this model takes [-1, 1]: give 2 * x - 1, or wrap the model with "
            "MultiLabelModel(..., input_range=(0, 1)).",
            stacklevel=4,  # whoever called run or iterate
        )
    return x, goal


def _looks_unsigned(x: Tensor) -> bool:
    """Whether a batch of colour images is in [0, 1]. Bright 8-bit pictures in [-1, 1] are known by their values,
    2 i / 255 - 1: odd multiples of 1 / 255."""
    if x.dim() != 4 or x.shape[1] != 3 or bool((x < 0).any()):
        return False
    return bool(((255 * x).round() % 2 == 0).any())


def _check_labels(model: nn.Module, goal: Goal) -> None:
    given, labels = goal.true.shape[1], getattr(model, "labels", None)
    if labels is not None and len(labels) != given:
        raise ValueError(f"The goal has {given} labels but the model has {len(labels)}: give one column per label.")
