"""The 2-D problems as data: boxes, regions with their label sets, starts, candidate points. No torch.

The paper shows Fig. 1 and the film as pictures and gives label sets for three points of each panel of Fig. 1; the
other regions and all positions are ours, and so is the whole film (see docs/playground.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Point = tuple[float, float]
ON, OFF = 0.97, 0.05  # confidences asked of the networks


@dataclass(frozen=True)
class Region:
    """A polygon whose data carry ``labels``; ``sure`` overrides the confidence asked for single labels."""

    corners: tuple[Point, ...]
    labels: tuple[str, ...]
    sure: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def holds(self, points: Array) -> Array:
        """(n,) bool, which of (n, 2) points lie in the polygon."""
        x, y = points[:, 0], points[:, 1]
        inside = np.zeros(len(points), dtype=bool)
        for (ax, ay), (bx, by) in zip(self.corners, self.corners[1:] + self.corners[:1], strict=True):
            if ay == by:
                continue
            crosses = (ay > y) != (by > y)
            inside ^= crosses & (x < ax + (y - ay) * (bx - ax) / (by - ay))
        return inside


@dataclass(frozen=True)
class Layout:
    """A problem before training. Labels are named as in the paper; ``candidates`` may be empty."""

    name: str
    title: str
    box: tuple[Point, Point]
    labels: tuple[str, ...]
    true: tuple[str, ...]
    target: tuple[str, ...]
    k: int
    start: Point
    candidates: tuple[Point, ...]
    regions: tuple[Region, ...]
    seed: int = 0

    def confidence(self, points: Array) -> Array:
        """(n, C) what the network should say at (n, 2) points: the region's labels on, all others off."""
        wanted = np.full((len(points), len(self.labels)), OFF)
        for region in self.regions:
            row = [region.sure.get(name, ON if name in region.labels else OFF) for name in self.labels]
            wanted[region.holds(points)] = row
        return wanted


def _grid(rows: list[list[Point]], sets: list[str], sure: Mapping[str, float] | None = None) -> tuple[Region, ...]:
    """Regions of a mesh of quadrilaterals, row by row from below; a set is written as its labels' digits.

    ``sure`` names labels whose confidence is not ``ON`` where they are on.
    """
    quads = [(low[i], low[i + 1], high[i + 1], high[i]) for low, high in pairwise(rows) for i in range(len(low) - 1)]
    return tuple(
        Region(quad, tuple(digits), {name: value for name, value in (sure or {}).items() if name in digits})
        for quad, digits in zip(quads, sets, strict=True)
    )


_SQUARE: tuple[Point, Point] = ((-1.0, -1.0), (1.0, 1.0))
_MESH: list[list[Point]] = [
    [(-1, -1), (-0.3, -1), (0.4, -1), (1, -1)],
    [(-1, 0.05), (-0.25, -0.1), (0.35, 0.1), (1, -0.05)],
    [(-1, 1), (-0.35, 1), (0.3, 1), (1, 1)],
]

# Confidences below ON make the scores of labels 1 and 2 slope inside their regions, as real annotators would.
FILM = Layout(
    name="film",
    title="The convergence film",
    box=((-1.0, 0.0), (1.0, 1.0)),
    labels=("1", "2", "3", "4", "5"),
    true=("1", "2"),
    target=(),
    k=1,
    start=(0.0, 0.5),
    candidates=(),
    regions=(
        Region(((-0.5, 0), (0.5, 0), (0, 1)), ("1", "2"), {"1": 0.97, "2": 0.85}),
        Region(((-1, 0), (-0.5, 0), (0, 1), (-0.5, 1), (-1, 0.5)), ("1",), {"1": 0.65, "2": 0.15, "3": 0.3}),
        Region(((0.5, 0), (1, 0.5), (1, 1), (0, 1)), ("2", "4"), {"2": 0.8, "4": 0.95}),
        Region(((-1, 0.5), (-0.5, 1), (-1, 1)), ("3",)),
        Region(((0.5, 0), (1, 0), (1, 0.5)), ("4", "5"), {"4": 0.9, "5": 0.9}),
    ),
    seed=87,
)

FIG1A = Layout(
    name="fig1a",
    title="Fig. 1 (a): label consistency",
    box=_SQUARE,
    labels=("1", "2", "3", "4", "5", "6"),
    true=("2", "3", "4"),
    target=(),
    k=3,
    start=(0.05, 0.5),
    candidates=((-0.6, 0.45), (0.7, -0.5)),
    regions=_grid(_MESH, ["12", "34", "456", "123", "234", "56"]),
)

FIG1B = Layout(
    name="fig1b",
    title="Fig. 1 (b): label flip",
    box=_SQUARE,
    labels=("1", "2", "3", "4", "5", "6"),
    true=("1", "4", "5"),
    target=(),
    k=3,
    start=(0.05, -0.5),
    candidates=((-0.6, -0.45), (0.7, 0.5)),
    regions=_grid(_MESH, ["123", "145", "26", "34", "46", "156"]),
)

FIG1C = Layout(
    name="fig1c",
    title="Fig. 1 (c): attack cost",
    box=_SQUARE,
    labels=("1", "2", "4", "5", "6", "7", "8"),
    true=("6", "7"),
    target=("2", "8"),
    k=2,
    start=(0.05, 0.5),
    candidates=((0.7, 0.5), (0.05, -0.5)),
    regions=_grid(_MESH, ["67", "248", "58", "256", "4567", "128"], {"1": 0.88, "4": 0.88, "5": 0.88}),
)

LAYOUTS: dict[str, Layout] = {layout.name: layout for layout in (FILM, FIG1A, FIG1B, FIG1C)}
