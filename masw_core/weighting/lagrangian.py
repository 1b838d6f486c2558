"""What MASW lowers: the weighted Lagrangian of slack and constraints (Eqs. 14 and 16) in its forms.

Values, slack and weights come in as tensors; how they arise, and the step that follows, is the attack's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from masw_core.task.goals import Constraints
from masw_core.weighting.pacing import NOT_STARTED, NotStarted

import torch
from torch import Tensor

Form = Literal["quadratic", "lagrangian", "linear"]
FORMS: tuple[Form, ...] = get_args(Form)


@dataclass(frozen=True)
class WeightedLagrangian:
    """L without its ||z||^2 term, one value per sample.

    Attributes:
        form: ``"quadratic"``: sum(lambda w slack^2) / 2, Eq. 16; ``"linear"``: sum(lambda w slack);
            ``"lagrangian"``: the quadratic minus nu times the satisfied part of CT.
        lambda1, lambda2: balance of rank constraints and of flip and keep constraints.
        nu: gain on what is satisfied, in ``"lagrangian"``.
    """

    form: Form
    lambda1: float
    lambda2: float
    nu: float

    def slack(self, free: Tensor | NotStarted, asked: Tensor, mask: Tensor) -> Tensor:
        """(b, m) the closed form; nothing is kept from step to step."""
        return closed_form_slack(asked, mask)

    def __call__(self, slack: Tensor, values: Tensor, constraints: Constraints, weights: Tensor) -> Tensor:
        """(b,) L at (b, m) slack, 0 where masked, and constraint ``values`` under (b, m) weights."""
        pull = balance(constraints, self.lambda1, self.lambda2) * weights
        if self.form == "linear":
            return (pull * slack).sum(1)
        quadratic = (pull * slack.square()).sum(1) / 2
        if self.form == "lagrangian":
            return quadratic - self.nu * (values.clamp_min(0) * constraints.mask).sum(1)
        return quadratic

    def pulls(self, slack: Tensor, values: Tensor, constraints: Constraints, weights: Tensor) -> Tensor:
        """(b, m) minus the derivative of L by CT, of detached tensors: lambda w slack in the quadratic form, Eq. 17."""
        pull = balance(constraints, self.lambda1, self.lambda2) * weights
        if self.form == "linear":
            return pull * (slack > 0)
        quadratic = pull * slack
        if self.form == "lagrangian":
            return quadratic + self.nu * ((values >= 0) & constraints.mask)
        return quadratic

    def next_slack(self, slack: Tensor, constraints: Constraints, weights: Tensor) -> NotStarted:
        return NOT_STARTED


def closed_form_slack(values: Tensor, mask: Tensor) -> Tensor:
    """max(0, -CT), the minimiser over slack in Eq. 16; gradient flows through it."""
    return values.neg().clamp_min(0) * mask


def balance(constraints: Constraints, lambda1: float, lambda2: float) -> Tensor:
    """(m,) lambda1 for rank constraints, lambda2 for the others."""
    values = constraints.values
    return _balance(constraints.family, lambda1, lambda2, values.dtype, values.device)


@lru_cache(maxsize=32)
def _balance(
    family: tuple[str, ...], lambda1: float, lambda2: float, dtype: torch.dtype, device: torch.device
) -> Tensor:
    values = [lambda1 if name == "rank" else lambda2 for name in family]
    return torch.tensor(values, dtype=dtype, device=device)
