"""What a recorded run was about, as tensors again, for whoever lets the model look at it once more."""

from __future__ import annotations

from dataclasses import replace

from masw_core.attacks.base import Attack
from masw_core.task.goals import Constraints, Goal, Space, seen_in
from masw_core.trace.trace import Array, Trace
from masw_core.weighting.by_hand import FAMILIES, constraints_of

import numpy as np
import torch
from torch import Tensor


def goal_at(trace: Trace, step: int) -> Goal:
    """The goal of the run as one row, with the labels it keeps on their side."""
    goal: Goal = trace.goal()[step : step + 1]
    if trace.header["keep"] is None:
        return goal
    keep = torch.zeros_like(goal.true)
    keep[0, trace.header["keep"]] = True
    return replace(goal, keep=keep).bound_to(torch.as_tensor(trace.scores[:1]))


def places_in(trace: Trace, classes: int) -> Array:
    """(m,) where the trace's constraints stand among the goal's columns: rank, flip and keep columns of all labels."""
    pairs = zip(trace.header["family"], trace.header["label"], strict=True)
    return np.array([FAMILIES.index(family) * classes + label for family, label in pairs], dtype=int)


def weights_in(weights: Array, places: Array, goal: Goal, like: Tensor) -> Tensor:
    """(n, columns) recorded weights in the columns of the goal's constraints; 1 where a step had none.

    Args:
        weights: (n, m) as a trace has them.
        places: (m,) from ``places_in``.
        goal: whose constraints they are.
        like: of the wanted kind of number, on the wanted device.
    """
    columns = constraints_of(goal).values.shape[1]
    there = torch.ones(len(weights), columns, dtype=like.dtype, device=like.device)
    there[:, places] = torch.as_tensor(np.nan_to_num(weights, nan=1.0)).to(there)
    return there


def seen_by(attack: Attack, scores: Tensor, goal: Goal) -> Constraints:
    """The constraints in the attack's space and with its moving reference."""
    space: Space = attack.reported_space  # type: ignore[assignment]
    return goal.constraints(*seen_in(space, scores), getattr(attack, "reference", "flow"))


def margin_of(attack: Attack) -> float:
    """How much more than zero its constraints ask for; 0 for attacks without a margin."""
    return getattr(attack, "margin", None) or 0.0
