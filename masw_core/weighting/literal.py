"""Eq. 23 taken literally, a teaching exhibit: slack is a free variable that gradient descent moves.

Then the weights provably never reach the perturbation (docs/decisions.md). It stands in for ``WeightedLagrangian``.
"""

from __future__ import annotations

from dataclasses import dataclass

from masw_core.task.goals import Constraints
from masw_core.weighting.lagrangian import balance, closed_form_slack
from masw_core.weighting.pacing import NotStarted

from torch import Tensor


@dataclass(frozen=True)
class LiteralLagrangian:
    """L of Eq. 23 without its ||z||^2 term: sum(lambda w slack^2) / 2 - nu sum(CT + slack), one value per sample.

    Attributes:
        lambda1, lambda2: balance of rank constraints and of flip and keep constraints.
        nu: multiplier.
        length: of a gradient step on the slack.
    """

    lambda1: float
    lambda2: float
    nu: float
    length: float

    def slack(self, free: Tensor | NotStarted, asked: Tensor, mask: Tensor) -> Tensor:
        """(b, m) the free variable, started at the closed form."""
        return closed_form_slack(asked, mask).detach() if isinstance(free, NotStarted) else free

    def __call__(self, slack: Tensor, values: Tensor, constraints: Constraints, weights: Tensor) -> Tensor:
        """(b,) L at (b, m) slack and constraint ``values`` under (b, m) weights."""
        pull = balance(constraints, self.lambda1, self.lambda2) * weights
        gap = ((values + slack) * constraints.mask).sum(1)
        return (pull * slack.square()).sum(1) / 2 - self.nu * gap

    def pulls(self, slack: Tensor, values: Tensor, constraints: Constraints, weights: Tensor) -> Tensor:
        """(b, m) minus the derivative of L by CT: nu, whatever slack and weights are."""
        return self.nu * constraints.mask.to(slack.dtype)

    def next_slack(self, slack: Tensor, constraints: Constraints, weights: Tensor) -> Tensor:
        """One gradient step on the free slack: d L / d slack = lambda w slack - nu."""
        slope = balance(constraints, self.lambda1, self.lambda2) * weights * slack - self.nu
        return (slack - self.length * slope) * constraints.mask
