"""Several attacks on one image under the same rules: steps for a job, one trace per method for a page.

The rules are those of the benchmark (``benchmark.methods``): the same ball, the same number of steps and the same
length of all of them together; attacks that take the gradients of several scores per step get a third of the steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from masw_core.attacks.base import Attack, recommended_tau
from masw_core.benchmark.methods import Method
from masw_core.engine.loop import iterate
from masw_core.engine.recipe import Recipe
from masw_core.models import MultiLabelModel
from masw_core.models.attacked import signed
from masw_core.one_picture.report import task_of
from masw_core.task.goals import Goal
from masw_core.trace.recorder import TraceRecorder, trace_header
from masw_core.trace.step import Step
from masw_core.trace.trace import Array, Trace

import torch
from PIL import Image
from torch import Tensor, nn


@dataclass(frozen=True)
class Turn:
    """A step of one of the methods."""

    method: str
    step: Step

    def cpu(self) -> Turn:
        """The same with its tensors on the CPU."""
        return replace(self, step=self.step.cpu())


def attacks_for(
    methods: Sequence[str], model: nn.Module, goal: Goal, steps: int, tau: float | None = None
) -> dict[str, Attack]:
    """The attacks of a comparison, ready to run.

    Args:
        methods: texts that ``Method.parse`` reads.
        model: what is attacked.
        goal: what all of them are after.
        steps: at most so many updates.
        tau: everybody's ball; None: what the model recommends for the case, else the paper's.

    Raises:
        ValueError: an unknown method, or one that cannot do the case; one sentence.
    """
    radius = recommended_tau(model, goal) if tau is None else tau
    attacks = {}
    for text in methods:
        method = Method.parse(text)
        if not method.supports(goal.case):
            raise ValueError(f"{text} cannot do the {goal.case} case: leave it out or choose another case.")
        attacks[text] = method.attack(steps, radius).prepared(model, goal)
    return attacks


def take_turns(attacks: Mapping[str, Attack], model: nn.Module, x: Tensor, goal: Goal, seed: int = 0) -> Iterator[Turn]:
    """Run attacks on the same image, one after the other, each to its last step.

    Args:
        attacks: from ``attacks_for``.
        model: inputs to logits.
        x: (1, ...) the clean image, in [-1, 1] (or in the box of a model that has one).
        goal: one row.
        seed: of random starts; the same for every method, whatever ran before it.
    """
    for method, attack in attacks.items():
        torch.manual_seed(seed)
        for step in iterate(attack, signed(model), x, goal):
            yield Turn(method, step)


@dataclass(frozen=True)
class ComparisonRecipe(Recipe):
    """A comparison, see ``attacks_for`` and ``take_turns``."""

    methods: tuple[str, ...]
    x: Tensor
    goal: Goal
    steps_each: int
    tau: float | None = None
    seed: int = 0

    def steps(self, model: Any) -> Iterator[Turn]:
        attacks = attacks_for(self.methods, model, self.goal, self.steps_each, self.tau)
        return take_turns(attacks, model, self.x, self.goal, self.seed)


class ComparisonRecorder:
    """Collects turns; ``take`` and ``snapshot`` may be called from different threads.

    Args:
        attacks: from ``attacks_for``.
        model, goal: for the headers of the traces.
        image: the clean image, without batch.
        **facts: added to every header.
    """

    def __init__(self, attacks: Mapping[str, Attack], model: nn.Module, goal: Goal, image: Array, **facts: Any) -> None:
        self._recorders = {
            method: TraceRecorder(trace_header(attack, model, goal, 0, method=method, **facts), image, attack.steps)
            for method, attack in attacks.items()
        }

    def take(self, turn: Turn) -> None:
        self._recorders[turn.method].take(turn.step)

    def snapshot(self, complete: bool = False) -> dict[str, Trace]:
        """The runs, method by method in their order; one that has not begun is missing."""
        begun = {method: recorder for method, recorder in self._recorders.items() if recorder.rows}
        return {method: recorder.snapshot(complete) for method, recorder in begun.items()}


def compare_image(
    methods: Sequence[str],
    model: MultiLabelModel,
    image: Image.Image,
    case: str,
    k: int,
    labels: list[str] | None = None,
    seed: int = 0,
    steps: int = 40,
    tau: float | None = None,
    on_turn: Callable[[Turn], None] | None = None,
    **facts: Any,
) -> dict[str, Trace]:
    """Several attacks on one picture, each to its last step.

    Args:
        methods: texts that ``Method.parse`` reads, such as ``"masw"`` or ``"masw+weighting=uniform"``.
        model, image, case, k, labels, seed: as for ``attack_image``.
        steps: at most so many updates each.
        tau: everybody's ball; None: what the model recommends for the case, else the paper's.
        on_turn: called with every step.
        **facts: added to the headers of the traces, such as ``picture="photo.jpg"``.

    Returns:
        The traces by method.

    Raises:
        ValueError: unknown labels, an infeasible goal, or a method that cannot do it; one sentence.
    """
    x, goal = task_of(model, image, case, k, labels, seed)
    attacks = attacks_for(methods, model, goal, steps, tau)
    recorder = ComparisonRecorder(attacks, model, goal, x[0].cpu().numpy(), seed=seed, steps=steps, **facts)
    for turn in take_turns(attacks, model, x, goal, seed):
        recorder.take(turn.cpu())
        if on_turn is not None:
            on_turn(turn)
    return recorder.snapshot(complete=True)
