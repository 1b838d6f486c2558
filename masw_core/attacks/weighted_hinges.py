"""Self-paced weighting inside attacks that sum hinges: the ablation of Fig. 8(b, c).

An attack writes ``hinges``; each hinge is taken for a slack, a rule of ``weighting`` turns slack into weights, and
the attack descends the weighted sum. Uniform weighting is the attack itself and never comes here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from masw_core.attacks.base import Evaluation, LossAttack, State
from masw_core.settings import require
from masw_core.task.goals import Goal
from masw_core.trace.step import Step
from masw_core.weighting.lagrangian import closed_form_slack
from masw_core.weighting.pacing import NOT_STARTED, Memory, NotStarted, Pacing
from masw_core.weighting.rules import WeightingName, make_weighting

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class HingeState(State):
    """z_t and Algorithm 1's memory, with hinges for slack."""

    memory: Memory | NotStarted = NOT_STARTED


@dataclass(frozen=True)
class WeightedHinges(LossAttack):
    """Settings and objective that attacks made of hinges share: sum over j of w_j h_j with w from Eq. 24.

    Attributes:
        weighting: ``uniform`` (the attack as published), ``spw``, ``spl``, ``fixed``, ``threshold`` or ``manual``.
        epsilon0: the first epsilon, as a share of the first largest hinge (weightings that have an epsilon).
        eta: growth of epsilon when the weighted sum drops (``spw``) or at every step (``spl``).
        manual_factor, manual_hardest: the weight and the number of hardest hinges for ``manual``.
    """

    weighting: WeightingName = "uniform"
    epsilon0: float = 0.5
    eta: float = 1.01
    manual_factor: float = 0.1
    manual_hardest: int = 5

    def __post_init__(self) -> None:
        super().__post_init__()
        require(0 < self.epsilon0 < float("inf"), f"epsilon0 = {self.epsilon0} must be positive and finite.")
        require(self.eta > 1, f"eta = {self.eta} must be above 1: epsilon grows by it when the loss drops.")
        require(self.manual_factor >= 0, f"manual_factor = {self.manual_factor} must not be negative.")
        require(self.manual_hardest >= 1, f"manual_hardest = {self.manual_hardest} is too few: choose at least 1.")

    @property
    def weighs(self) -> bool:
        """Whether hinges get weights at all."""
        return self.weighting != "uniform"

    @cached_property
    def pacing(self) -> Pacing:
        return Pacing(make_weighting(self.weighting, self.eta, self.manual_factor, self.manual_hardest), self.epsilon0)

    def hinges(self, scores: Tensor, goal: Goal) -> tuple[Tensor, Tensor]:
        """The attack's hinges in the order of the goal's columns.

        Returns:
            (B, n) hinges >= 0, rank columns before flip columns, and (B, n) bool: which of them the attack has.
        """
        raise NotImplementedError

    def init(self, x: Tensor, goal: Goal) -> State:
        return HingeState(torch.zeros_like(x)) if self.weighs else super().init(x, goal)

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
