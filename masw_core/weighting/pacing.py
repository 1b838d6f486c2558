"""Algorithm 1 between two steps: the first epsilon, whether L fell, the next epsilon and the next weights.

MASW, attacks that sum hinges and MADW all pace themselves with this one piece. What L is, and how slack becomes a
step, is theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Literal, NamedTuple, Self

from masw_core.weighting.branches import FELL, ROSE, START
from masw_core.weighting.rules import Pace, Weighting

import torch
from torch import Tensor

Scale = Literal["relative", "absolute"]
Comparison = Literal["same-weights", "literal"]
Objective = Callable[[Tensor, Tensor, Tensor], Tensor]  # L (b,) of slack, constraint values and weights, (b, m) each


class NotStarted:
    """The memory of an attack before its first step, for any number of samples."""

    def __getitem__(self, rows: Tensor) -> Self:
        return self


NOT_STARTED = NotStarted()


@dataclass(frozen=True)
class Memory:
    """What Algorithm 1 knows at a step; every tensor is batch-first.

    Attributes:
        pace: where the epsilon rule stands.
        weights: (b, m) the weights in force.
        best: (b,) L^{t-1}, the lowest L so far, under the weights that it was found with.
        best_slack, best_values: (b, m) slack and constraint values where it was found.
    """

    pace: Pace
    weights: Tensor
    best: Tensor
    best_slack: Tensor
    best_values: Tensor

    def __getitem__(self, rows: Tensor) -> Memory:
        return replace(self, **{field.name: getattr(self, field.name)[rows] for field in fields(self)})


class Turn(NamedTuple):
    """A step of Algorithm 1: the new memory, L^t (b,) under the weights that led here, and its branch (b,)."""

    memory: Memory
    lagrangian: Tensor
    branch: Tensor


@dataclass(frozen=True)
class Pacing:
    """Lines 1, 4-6 and 8 of Algorithm 1.

    Attributes:
        rule: turns slack into weights and moves epsilon.
        epsilon0, scale: epsilon^0, as a share of the first largest slack (``"relative"``) or as it is.
        compare: L^t against L^{t-1} under the same weights, or each under its own (``"literal"``, line 5 as printed).
        clean_counts: whether L^0 is what the clean image has; False: +inf, line 1 as printed, so that the first
            update always counts as a success.
    """

    rule: Weighting
    epsilon0: float
    scale: Scale = "relative"
    compare: Comparison = "same-weights"
    clean_counts: bool = True

    def turn(self, memory: Memory | NotStarted, slack: Tensor, values: Tensor, objective: Objective) -> Turn:
        """One step at detached (b, m) slack and constraint values."""
        if isinstance(memory, NotStarted):
            return self._first(slack, values, objective)
        lagrangian = objective(slack, values, memory.weights)  # line 4
        fell = lagrangian < self._previous(memory, objective)  # line 5
        pace = self.rule.advance(memory.pace, fell)  # lines 5-6
        rows = fell[:, None]
        memory = Memory(
            pace=pace,
            weights=self.rule.weights(slack, pace.epsilon),  # line 8, Eq. 24
            best=torch.where(fell, lagrangian, memory.best),
            best_slack=torch.where(rows, slack, memory.best_slack),
            best_values=torch.where(rows, values, memory.best_values),
        )
        return Turn(memory, lagrangian, torch.where(fell, FELL, ROSE))

    def _first(self, slack: Tensor, values: Tensor, objective: Objective) -> Turn:
        """Line 1: epsilon^0 and L^0."""
        pace = Pace.start(first_epsilon(slack, self.epsilon0, self.scale))
        weights = self.rule.weights(slack, pace.epsilon)
        lagrangian = objective(slack, values, weights)
        best = lagrangian if self.clean_counts else torch.full_like(lagrangian, torch.inf)
        branch = torch.full_like(lagrangian, START, dtype=torch.long)
        return Turn(Memory(pace, weights, best, slack, values), lagrangian, branch)

    def _previous(self, memory: Memory, objective: Objective) -> Tensor:
        """L^{t-1}: the lowest L so far, under the weights now in force unless the comparison is literal."""
        if self.compare == "literal":
            return memory.best
        again = objective(memory.best_slack, memory.best_values, memory.weights)
        return again if self.clean_counts else again.where(memory.best < torch.inf, memory.best)


def first_epsilon(slack: Tensor, epsilon0: float, scale: Scale) -> Tensor:
    """(b,) epsilon^0; a sample without any slack gets the absolute value, so that epsilon is never 0."""
    largest = slack.amax(1)
    one = torch.ones_like(largest)
    return epsilon0 * (largest.where(largest > 0, one) if scale == "relative" else one)
