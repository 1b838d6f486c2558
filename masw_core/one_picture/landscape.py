"""A slice of image space around a run: L and every constraint on the plane x + a u + b v, and the paths laid on it.

u leads from the clean picture to the run's picture at a step, v is orthogonal to u and as long: towards where another
attack ended, or random. The plane is computed row by row, in one batch each, so it can be watched and stopped. Points
outside the box of valid pictures are shown as the network sees them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from masw_core.attacks.switched import attack_at
from masw_core.engine.recipe import Recipe
from masw_core.models.attacked import Frozen, signed
from masw_core.one_picture.recalled import goal_at, margin_of, places_in, seen_by, weights_in
from masw_core.trace.trace import Array, Trace
from masw_core.weighting.lagrangian import WeightedLagrangian, closed_form_slack
from masw_core.weighting.pacing import NOT_STARTED

import numpy as np
import torch
from torch import nn

SIZE = 21  # points along each side
ROOM = 0.15  # around the paths, as a share of their extent


@dataclass(frozen=True)
class Plane:
    """The points image + a first + b second; ``first`` and ``second`` are orthogonal and of the same length."""

    image: Array
    first: Array
    second: Array

    @classmethod
    def of(cls, trace: Trace, step: int, towards: Array | None = None, seed: int = 0) -> Self:
        """The plane through the clean picture and the one kept at ``step``.

        Args:
            trace: the run.
            step: an exactly kept one, such as ``trace.best_step``, has its picture at (1, 0).
            towards: a perturbation that lies in the plane too; None: a random direction.
            seed: of the random direction.

        Raises:
            ValueError: nothing has moved at the step, or ``towards`` leads the same way.
        """
        first = trace.perturbation_at(step)[0].astype(np.float64)
        length = float(np.linalg.norm(first))
        if length == 0:
            raise ValueError("At this step the picture is still the clean one: choose a later step.")
        way = np.random.default_rng(seed).normal(size=first.shape) if towards is None else towards.astype(np.float64)
        across = way - (way * first).sum() / length**2 * first
        if np.linalg.norm(across) <= 1e-6 * np.linalg.norm(way):
            raise ValueError("Both attacks went the same way, so they span no plane: take a random direction.")
        return cls(trace.image, first, across * (length / np.linalg.norm(across)))

    @property
    def unit(self) -> float:
        """The L2 norm of a step from 0 to 1, along either axis."""
        return float(np.linalg.norm(self.first))

    def project(self, z: Array) -> tuple[float, float, float]:
        """(a, b) of a perturbation, and how far it lies outside the plane (L2)."""
        a, b = (float((z * way).sum()) / self.unit**2 for way in (self.first, self.second))
        return a, b, float(np.linalg.norm(z - a * self.first - b * self.second))

    def pictures(self, a: Array, b: Array) -> Array:
        """(n, 3, H, W) float32 at n points; not clipped to the box."""
        whole = self.image + np.multiply.outer(a, self.first) + np.multiply.outer(b, self.second)
        return whole.astype(np.float32)


@dataclass(frozen=True)
class Path:
    """A run laid on a plane: the kept steps, where each lies, and how far outside the plane (L2)."""

    name: str
    steps: Array
    a: Array
    b: Array
    outside: Array

    @classmethod
    def of(cls, plane: Plane, trace: Trace, name: str) -> Self:
        steps = np.unique(np.concatenate([trace.stored, trace.exact_steps]))
        a, b, outside = np.array([plane.project(trace.perturbation_at(int(step))[0]) for step in steps]).T
        return cls(name, steps, a, b, outside)


@dataclass(frozen=True)
class Row:
    """One row of a landscape, see there: ``lagrangian`` and ``clearance`` (n,), ``constraints`` (n, m)."""

    index: int
    lagrangian: Array
    constraints: Array
    clearance: Array
    weighted: bool

    def cpu(self) -> Row:
        """Itself: it holds no tensors."""
        return self


@dataclass(frozen=True)
class Landscape:
    """What was computed so far; NaN where nothing was.

    Attributes:
        a, b: (n,) and (h,) coordinates of the columns and rows.
        lagrangian: (h, n). constraints: (h, n, m), in the columns and the space of the trace; met where >= 0.
        clearance: (h, n) the goal is reached where it is above 0, see ``Goal.clearance``; in logits.
        weighted: L is the attack's own, under the weights of the step; else half the squared violation.
    """

    a: Array
    b: Array
    lagrangian: Array
    constraints: Array
    clearance: Array
    weighted: bool


def sides(paths: Sequence[Path], size: int = SIZE) -> tuple[Array, Array]:
    """Coordinates (size,) of columns and rows that hold the clean picture, (1, 0) and all paths."""

    def spread(values: list[float]) -> Array:
        low, high = min(values), max(values)
        room = ROOM * max(high - low, 1.0)
        return np.linspace(low - room, high + room, size)

    a = spread([0.0, 1.0, *(value for path in paths for value in path.a)])
    return a, spread([-0.5, 0.5, *(value for path in paths for value in path.b)])


def compute(trace: Trace, step: int, model: nn.Module, plane: Plane, a: Array, b: Array) -> Iterator[Row]:
    """The rows of a landscape under the weights of a step, from the first to the last; one forward each.

    Args:
        trace: of any attack.
        step: whose weights are in force.
        model: that was attacked; left as it was.
        plane, a, b: where.
    """
    model = signed(model)
    like = next(model.parameters())
    goal = goal_at(trace, step).to(like.device)
    attack = attack_at(trace.header, step).prepared(model, goal)
    places = places_in(trace, goal.true.shape[1])
    own = getattr(attack, "lagrangian", None)
    weights = weights_in(trace.weights[step : step + 1], places, goal, like).expand(len(a), -1)
    everywhere = goal[torch.zeros(len(a), dtype=torch.long, device=like.device)]
    for index, height in enumerate(b):
        pictures = torch.as_tensor(plane.pictures(a, np.full(len(a), height))).to(like)
        with Frozen(model), torch.no_grad():
            scores = model(pictures)
            constraints = seen_by(attack, scores, everywhere)
            if isinstance(own, WeightedLagrangian):
                asked = constraints.values - margin_of(attack)
                value = own(own.slack(NOT_STARTED, asked, constraints.mask), asked, constraints, weights)
            else:
                value = closed_form_slack(constraints.values, constraints.mask).square().sum(1) / 2
            clearance = everywhere.clearance(scores)
        yield Row(
            index,
            lagrangian=value.cpu().numpy(),
            constraints=constraints.values[:, places].cpu().numpy(),
            clearance=clearance.cpu().numpy(),
            weighted=isinstance(own, WeightedLagrangian),
        )


@dataclass(frozen=True)
class LandscapeRecipe(Recipe):
    """A landscape, see ``compute``."""

    trace: Trace
    step: int
    plane: Plane
    a: Array
    b: Array

    def steps(self, model: nn.Module) -> Iterator[Row]:
        return compute(self.trace, self.step, model, self.plane, self.a, self.b)


class LandscapeRecorder:
    """Collects rows for a job; ``take`` and ``snapshot`` may be called from different threads."""

    def __init__(self, trace: Trace, a: Array, b: Array) -> None:
        self.a, self.b, self.weighted = a, b, False
        self.lagrangian, self.clearance = (np.full((len(b), len(a)), np.nan) for _ in range(2))
        self.constraints = np.full((len(b), len(a), trace.constraints.shape[1]), np.nan)

    def take(self, row: Row) -> None:
        self.lagrangian[row.index], self.constraints[row.index] = row.lagrangian, row.constraints
        self.clearance[row.index], self.weighted = row.clearance, row.weighted

    def snapshot(self, complete: bool = False) -> Landscape:
        values = (self.lagrangian.copy(), self.constraints.copy(), self.clearance.copy())
        return Landscape(self.a, self.b, *values, weighted=self.weighted)
