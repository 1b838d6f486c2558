"""What a network says at every point of its box: scores, constraint values and objectives on a grid.

Row 0 of every field is the upper edge, as in pictures. Nothing here draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from masw_core.attacks.base import Attack
from masw_core.task.goals import Goal, Space, seen_in
from masw_core.toy.network import ToyModel

import numpy as np
import torch
from torch import Tensor

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Grid:
    """The centres of ``rows`` x ``columns`` equal cells of a box."""

    points: Tensor
    rows: int
    columns: int

    @classmethod
    def over(cls, model: ToyModel, columns: int) -> Grid:
        """As many square cells as fit when ``columns`` lie side by side."""
        low, high = (edge.tolist() for edge in model.box)
        rows = max(2, round(columns * (high[1] - low[1]) / (high[0] - low[0])))
        x = np.linspace(low[0], high[0], 2 * columns + 1)[1::2]
        y = np.linspace(high[1], low[1], 2 * rows + 1)[1::2]
        points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        return cls(torch.tensor(points, dtype=torch.float32), rows, columns)

    def shaped(self, values: Tensor) -> Array:
        """(rows * columns, ...) as (rows, columns, ...)."""
        return values.numpy().reshape(self.rows, self.columns, *values.shape[1:])


@dataclass(frozen=True)
class ConstraintField:
    """(rows, columns, m) values of the m constraints that exist, and what each of them is about."""

    values: Array
    family: tuple[str, ...]
    label: tuple[int, ...]


def scores_on(grid: Grid, model: ToyModel) -> Tensor:
    """(rows * columns, C) logits."""
    with torch.inference_mode():
        return model(grid.points).clone()


def constraints_on(grid: Grid, scores: Tensor, goal: Goal, space: Space = "logit") -> ConstraintField:
    """The constraints of a one-row goal at every cell, in logits or in probabilities."""
    goals = goal[torch.zeros(len(scores), dtype=torch.long)]
    found = goals.constraints(*seen_in(space, scores))
    kept = [int(column) for column in found.mask[0].nonzero()[:, 0]]
    return ConstraintField(
        values=grid.shaped(found.values[:, kept]),
        family=tuple(found.family[column] for column in kept),
        label=tuple(found.label[column] for column in kept),
    )


def objective_on(grid: Grid, scores: Tensor, attack: Attack, goal: Goal) -> Array:
    """(rows, columns) the objective that an attack without memory lowers, at every cell."""
    goals = goal[torch.zeros(len(scores), dtype=torch.long)]
    with torch.inference_mode():
        step = attack.observe(attack.init(grid.points, goals), scores, goals)
    return grid.shaped(step.lagrangian)
