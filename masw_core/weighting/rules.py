"""How much each constraint may pull: weighting rules for slack variables, and the epsilon rule of Algorithm 1.

A rule turns slack into weights (in [0, 1] unless set by hand) given a threshold epsilon that separates normal from
difficult constraints, and says how epsilon moves after each step. Self-paced weighting (SPW) is Eq. 24 with lines 5-6
of Algorithm 1; the others are the paper's ablations. What slack is, and how weighted slack becomes a step, is the
attack's business.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Protocol, get_args

import torch
from torch import Tensor

WeightingName = Literal["spw", "spl", "fixed", "threshold", "uniform", "manual"]
WEIGHTINGS: tuple[WeightingName, ...] = get_args(WeightingName)


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
    """The weight w of the constraints with the largest slack, set by hand (Fig. 3(a)).

    Attributes:
        factor: weight of the hardest constraints, 0 to 2 in the paper; all others have weight 1.
        hardest: how many constraints count as hardest (5 in the paper).
    """

    factor: float = 0.1
    hardest: int = 5

    def weights(self, slack: Tensor, epsilon: Tensor) -> Tensor:
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


@dataclass(frozen=True)
class Scaled:
    """Another rule whose weights of single constraints are multiplied, whatever their slack (Fig. 2).

    Attributes:
        rule: the rule; epsilon moves as it says.
        factors: pairs of a column and what its weight is multiplied by, 0 to 2; all others stay as they are.
    """

    rule: Weighting
    factors: tuple[tuple[int, float], ...]

    def weights(self, slack: Tensor, epsilon: Tensor) -> Tensor:
        factors = torch.ones_like(slack)
        for column, factor in self.factors:
            factors[:, column] = factor
        return self.rule.weights(slack, epsilon) * factors

    def advance(self, pace: Pace, fell: Tensor) -> Pace:
        return self.rule.advance(pace, fell)


def make_weighting(
    name: str,
    eta: float = 1.01,
    factor: float = 0.1,
    hardest: int = 5,
    factors: tuple[tuple[int, float], ...] | None = None,
) -> Weighting:
    """A rule by name: ``spw``, ``spl``, ``fixed``, ``threshold``, ``uniform`` or ``manual``.

    Args:
        name: which.
        eta: growth of epsilon, for rules that move it.
        factor, hardest: of ``manual``.
        factors: pairs of a column and what the rule's weight is multiplied by. ``manual`` with factors is uniform
            weights times them, so that they are the weights themselves.

    Raises:
        ValueError: unknown name.
    """
    rules: dict[str, Weighting] = {
        "spw": SelfPacedWeighting(eta),
        "spl": SelfPacedLearning(eta),
        "fixed": FixedEpsilon(),
        "threshold": HardThreshold(),
        "uniform": Uniform(),
        "manual": Manual(factor, hardest) if factors is None else Uniform(),
    }
    if name not in rules:
        raise ValueError(f"Unknown weighting {name!r}: choose one of {', '.join(rules)}.")
    return rules[name] if factors is None else Scaled(rules[name], factors)
