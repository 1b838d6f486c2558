"""What is left of an attack in sentences and small pictures: one cell per degradation and per other model."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from masw_core.survival.judge import Survival
from masw_core.views.pictures import to_levels

import numpy as np
from PIL import Image

Array = np.ndarray[Any, Any]
PART = 1 / 3  # of each side is shown
SIDE = 180  # pixels on the screen


def place_of(perturbation: Array) -> tuple[int, int, int, int]:
    """Where a perturbation (3, H, W) is strongest: left, top, right and bottom of a window, a third of each side."""
    energy = np.square(perturbation).sum(0)
    height, width = (max(1, round(PART * side)) for side in energy.shape)
    sums = np.pad(energy, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    inside = sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]
    top, left = (int(value) for value in np.unravel_index(int(inside.argmax()), inside.shape))
    return left, top, left + width, top + height


def part(image: Array, place: tuple[int, int, int, int]) -> bytes:
    """A window of a [-1, 1] image (3, H, W) as PNG, enlarged so that single pixels can be seen."""
    cut = Image.fromarray(to_levels(image)).crop(place)
    file = BytesIO()
    cut.resize((SIDE, round(SIDE * cut.height / cut.width)), Image.Resampling.NEAREST).save(file, "PNG")
    return file.getvalue()


def verdict(rows: Sequence[Survival]) -> str:
    """What survives, in one or two sentences."""
    kept = [row.title for row in rows if row.survives]
    if not kept:
        return "Nothing of the attack survives: every degradation undoes it."
    if len(kept) == len(rows):
        return f"The attack survives all {len(rows)}."
    return f"The attack survives {len(kept)} of {len(rows)}: {', '.join(kept)}."


def outcome(row: Survival) -> str:
    """One word or two for a cell."""
    if row.alone:
        return "says nothing"
    return "survives" if row.success else "undone"


def details(row: Survival) -> list[str]:
    """What a cell says below its picture: labels that come back, targets that are out, what the clean picture loses."""
    said = []
    if row.back:
        said.append(f"Back in the top k: {', '.join(row.back)}.")
    if row.lost:
        said.append(f"Targets out: {', '.join(row.lost)}.")
    if row.alone:
        said.append("The clean picture reaches the goal here too, without an attack.")
    elif row.unseen:
        said.append(f"The clean picture would also lose {', '.join(row.unseen)}.")
    return said
