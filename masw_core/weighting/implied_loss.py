"""The loss that a weighting rule stands for: the one whose derivative is weight times slack.

With Eq. 24 the pull of a constraint is w · slack = min(slack, epsilon), so the loss is Huber's with its knee at
epsilon: half the square below it, a straight line above.
"""

from __future__ import annotations

from masw_core.weighting.rules import Weighting

import torch
from torch import Tensor


def pull(rule: Weighting, slack: Tensor, epsilon: float) -> Tensor:
    """(n,) w · slack, Eq. 17 with lambda 1, of single constraints with (n,) slack."""
    knee = torch.tensor([epsilon], dtype=slack.dtype)
    return rule.weights(slack[None], knee)[0] * slack


def implied_loss(rule: Weighting, slack: Tensor, epsilon: float) -> Tensor:
    """(n,) the integral of the pull from 0 (trapezoid rule) at (n,) slack that rises from 0."""
    return torch.cat([slack.new_zeros(1), torch.cumulative_trapezoid(pull(rule, slack, epsilon), slack)])
