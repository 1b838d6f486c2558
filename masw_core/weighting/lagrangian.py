"""What MASW lowers: the weighted Lagrangian of slack and constraints (Eqs. 14, 16 and 23) in its forms.

Values, slack and weights come in as tensors; how they arise, and the step that follows, is the attack's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from masw_core.task.goals import Constraints

import torch
from torch import Tensor

FORMS = ("quadratic", "lagrangian", "linear")


@dataclass(frozen=True)
class WeightedLagrangian:
    """L without its ||z||^2 term, one value per sample.

    Attributes:
        form: ``"quadratic"``: sum(lambda w slack^2) / 2, Eq. 16; ``"linear"``: sum(lambda w slack);
            ``"lagrangian"``: the quadratic minus nu times the satisfied part of CT.
        literal: Eq. 23 as printed, the quadratic minus nu sum(CT + slack), with slack a free variable.
        lambda1, lambda2: balance of rank constraints and of flip and keep constraints.
        nu: multiplier.
    """

    form: str
    literal: bool
    lambda1: float
    lambda2: float
    nu: float

    def __call__(self, slack: Tensor, values: Tensor, constraints: Constraints, weights: Tensor) -> Tensor:
        """(B,) L at (B, m) slack, 0 where masked, and constraint ``values`` under (B, m) weights."""
        pull = self._balance(constraints) * weights
        if self.literal:
            gap = ((values + slack) * constraints.mask).sum(1)
            return (pull * slack.square()).sum(1) / 2 - self.nu * gap
        if self.form == "linear":
            return (pull * slack).sum(1)
        quadratic = (pull * slack.square()).sum(1) / 2
        if self.form == "lagrangian":
            return quadratic - self.nu * (values.clamp_min(0) * constraints.mask).sum(1)
        return quadratic

    def descend_slack(self, slack: Tensor, constraints: Constraints, weights: Tensor, length: float) -> Tensor:
        """One gradient step on the free slack of Eq. 23: d L / d slack = lambda w slack - nu."""
        slope = self._balance(constraints) * weights * slack - self.nu
        return (slack - length * slope) * constraints.mask

    def _balance(self, constraints: Constraints) -> Tensor:
        values = constraints.values
        return _lambdas(constraints.family, self.lambda1, self.lambda2, values.dtype, values.device)


def closed_form_slack(values: Tensor, mask: Tensor) -> Tensor:
    """max(0, -CT), the minimiser over slack in Eq. 16; gradient flows through it."""
    return values.neg().clamp_min(0) * mask


@lru_cache(maxsize=32)
def _lambdas(
    family: tuple[str, ...], lambda1: float, lambda2: float, dtype: torch.dtype, device: torch.device
) -> Tensor:
    """(m,) lambda1 for rank constraints, lambda2 for the others."""
    values = [lambda1 if name == "rank" else lambda2 for name in family]
    return torch.tensor(values, dtype=dtype, device=device)
