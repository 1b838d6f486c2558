"""How much each constraint may pull: weighting rules for slack variables, and the epsilon rule of Algorithm 1.

A rule turns slack into weights in [0, 1] given a threshold epsilon that separates normal from difficult
constraints, and says how epsilon moves after each step. Self-paced weighting (SPW) is Eq. 24 with lines 5-6 of
Algorithm 1; the others are the paper's ablations. What slack is, and how weighted slack becomes a step, is the
attack's business.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Protocol, get_args

import torch
from torch import Tensor

WeightingName = Literal["spw", "spl", "fixed", "threshold", "uniform", "manual"]
WEIGHTINGS: tuple[WeightingName, ...] = get_args(WeightingName)
BRANCHES = ("start", "fell", "rose", "none")
START, FELL, ROSE, NONE = range(4)


@dataclass(frozen=True)
class Pace:
    """Where the epsilon rule stands, one entry per sample.

    Attributes:
        epsilon: (B,) epsilon^t, in the units of the slack.
        previous: (B,) epsilon^{t-1} as the next step will see it (re-anchored after a failure, line 6).
    """

    epsilon: Tensor
    previous: Tensor

    @classmethod
    def start(cls, epsilon0: Tensor) -> Pace:
        return cls(epsilon=epsilon0, previous=epsilon0)

    def __getitem__(self, rows: Tensor) -> Pace:
        return replace(self, epsilon=self.epsilon[rows], previous=self.previous[rows])


class Weighting(Protocol):
    """A weighting rule: pure functions of slack and epsilon."""

    def weights(self, slack: Tensor, epsilon: Tensor) -> Tensor:
        """(B, m) weights in [0, 1] for (B, m) slack >= 0 and (B,) epsilon > 0."""
        ...

    def advance(self, pace: Pace, fell: Tensor) -> Pace:
        """The next epsilon; ``fell`` (B,) bool says whether the Lagrangian dropped."""
        ...


class _Still:
    """Rules whose epsilon does not move."""

    def advance(self, pace: Pace, fell: Tensor) -> Pace:
        return pace


@dataclass(frozen=True)
class Uniform(_Still):
    """Every constraint counts alike: the indiscriminate treatment that the paper argues against."""

    def weights(self, slack: Tensor, epsilon: Tensor) -> Tensor:
        return torch.ones_like(slack)


@dataclass(frozen=True)
class Manual(_Still):
    """Weights set by hand: of single constraints (Fig. 2), or the factor w on those with the largest slack (Fig. 3(a)).

    Attributes:
        factor: weight of the hardest constraints, 0 to 2 in the paper; all others have weight 1.
        hardest: how many constraints count as hardest (5 in the paper).
        chosen: (column, weight) of single constraints, whatever their slack; all others have weight 1. None: the
            factor on the hardest.
    """

    factor: float = 0.1
    hardest: int = 5
    chosen: tuple[tuple[int, float], ...] | None = None

    def weights(self, slack: Tensor, epsilon: Tensor) -> Tensor:
        if self.chosen is not None:
            chosen = torch.ones_like(slack)
            for column, weight in self.chosen:
                chosen[:, column] = weight
            return chosen
        columns = slack.topk(min(self.hardest, slack.shape[1]), dim=1).indices
        weights = torch.ones_like(slack).scatter_(1, columns, self.factor)
        return torch.where(slack > 0, weights, torch.ones_like(slack))


@dataclass(frozen=True)
class HardThreshold(_Still):
    """Difficult constraints are left out: weight 0 where slack > epsilon, else 1 (the ad hoc rule before Eq. 24)."""

    def weights(self, slack: Tensor, epsilon: Tensor) -> Tensor:
        return (slack <= epsilon[:, None]).to(slack.dtype)


class _Soft:
    """Eq. 24: w = epsilon / max(slack, epsilon), 1 for normal constraints and less the harder they are."""

    def weights(self, slack: Tensor, epsilon: Tensor) -> Tensor:
        knee = epsilon[:, None]
        return knee / torch.maximum(slack, knee)


@dataclass(frozen=True)
class FixedEpsilon(_Soft, _Still):
    """Eq. 24 with epsilon never updated (the FE ablation of Fig. 9)."""


@dataclass(frozen=True)
class SelfPacedLearning(_Soft):
    """Eq. 24 with epsilon growing by ``eta`` at every step, as self-paced learning does (the SPL ablation)."""

    eta: float = 1.01

    def advance(self, pace: Pace, fell: Tensor) -> Pace:
        return Pace(epsilon=pace.epsilon * self.eta, previous=pace.epsilon)


@dataclass(frozen=True)
class SelfPacedWeighting(_Soft):
    """Eq. 24 with lines 5-6 of Algorithm 1: the paper's method.

    L dropped: epsilon grows by ``eta``. L did not: epsilon^t is the mean of the last two and epsilon^{t-1} is set
    back to epsilon^{t-2}, so repeated failures walk back towards the anchor. Epsilon never leaves
    [epsilon^0, epsilon^0 eta^T].
    """

    eta: float = 1.01

    def advance(self, pace: Pace, fell: Tensor) -> Pace:
        grown = pace.epsilon * self.eta
        averaged = (pace.epsilon + pace.previous) / 2
        return Pace(
            epsilon=torch.where(fell, grown, averaged),
            previous=torch.where(fell, pace.epsilon, pace.previous),
        )


def make_weighting(
    name: str,
    eta: float = 1.01,
    factor: float = 0.1,
    hardest: int = 5,
    chosen: tuple[tuple[int, float], ...] | None = None,
) -> Weighting:
    """A rule by name: ``spw``, ``spl``, ``fixed``, ``threshold``, ``uniform`` or ``manual``.

    Raises:
        ValueError: unknown name.
    """
    rules: dict[str, Weighting] = {
        "spw": SelfPacedWeighting(eta),
        "spl": SelfPacedLearning(eta),
        "fixed": FixedEpsilon(),
        "threshold": HardThreshold(),
        "uniform": Uniform(),
        "manual": Manual(factor, hardest, chosen),
    }
    if name not in rules:
        raise ValueError(f"Unknown weighting {name!r}: choose one of {', '.join(rules)}.")
    return rules[name]
