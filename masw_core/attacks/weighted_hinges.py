"""Self-paced weighting inside attacks that sum hinges: the ablation of Fig. 8(b, c).

An attack writes ``hinges``; each hinge is taken for a slack, a rule of ``weighting`` turns slack into weights, and
the attack descends the weighted sum. Uniform weighting is the attack itself and never comes here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from masw_core.attacks.base import Evaluation, State
from masw_core.attacks.hand_weighted import HandWeighted
from masw_core.settings import require
from masw_core.task.goals import Goal
from masw_core.trace.step import Step
from masw_core.weighting.by_hand import HandWeights
from masw_core.weighting.lagrangian import closed_form_slack
from masw_core.weighting.pacing import NOT_STARTED, Memory, NotStarted, Pacing
from masw_core.weighting.rules import WeightingName

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class HingeState(State):
    """z_t and Algorithm 1's memory, with hinges for slack."""

    memory: Memory | NotStarted = NOT_STARTED


@dataclass(frozen=True)
class WeightedHinges(HandWeighted):
    """Settings and objective that attacks made of hinges share: sum over j of w_j h_j with w from Eq. 24.

    Attributes:
        weighting: ``uniform`` (the attack as published), ``spw``, ``spl``, ``fixed``, ``threshold`` or ``manual``.
        epsilon0: the first epsilon, as a share of the first largest hinge (weightings that have an epsilon).
    """

    weighting: WeightingName = "uniform"
    epsilon0: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        require(0 < self.epsilon0 < float("inf"), f"epsilon0 = {self.epsilon0} must be positive and finite.")

    @property
    def weighs(self) -> bool:
        """Whether hinges get weights at all."""
        return self.weighting != "uniform" or self.manual_weights is not None

    @cached_property
    def pacing(self) -> Pacing:
        return Pacing(self.rule, self.epsilon0)

    def hinges(self, scores: Tensor, goal: Goal) -> tuple[Tensor, Tensor]:
        """The attack's hinges in the order of the goal's columns.

        Returns:
            (B, n) hinges >= 0, rank columns before flip columns, and (B, n) bool: which of them the attack has.
        """
        raise NotImplementedError

    def init(self, x: Tensor, goal: Goal) -> State:
        if not self.weighs:
            return super().init(x, goal)
        if isinstance(self.manual_weights, HandWeights):
            self._check_hinges(self.manual_weights, goal)
        return HingeState(torch.zeros_like(x))

    def _check_hinges(self, by_hand: HandWeights, goal: Goal) -> None:
        """Raise ``ValueError`` for a weight of a constraint that the attack has no hinge for."""
        there = self.hinges(torch.zeros(goal.true.shape, device=goal.true.device), goal)[1].any(0).tolist()
        for (name, _), column in zip(by_hand.by_name, by_hand.columns or (), strict=True):
            has = column < len(there) and there[column]
            require(has, f"{self.name} has no hinge for {name}: leave it out of manual_weights.")

    def evaluate_weighted(self, state: HingeState, scores: Tensor, goal: Goal) -> Evaluation:
        """The weighted sum; a step tells the attack's hinges as slack, and weight 0 for constraints without a hinge."""
        constraints = goal.constraints(scores.detach())
        hinges, own = self.hinges(scores, goal)
        more = constraints.values.shape[1] - hinges.shape[1]
        slack, own = F.pad(hinges, (0, more)), F.pad(own, (0, more))
        memory, lagrangian, branch = self.pacing.turn(
            state.memory, slack.detach(), constraints.values, lambda hinge, _, weights: (weights * hinge).sum(1)
        )
        step = Step.at(
            state.perturbation,
            scores,
            constraints,
            lagrangian,
            slack=slack.where(own, closed_form_slack(constraints.values, constraints.mask)),
            weights=memory.weights * own,
            epsilon=memory.pace.epsilon,
            branch=branch,
        )
        return Evaluation(replace(state, memory=memory), (memory.weights * slack).sum(1), step)
