"""The regions of a 2-D problem as a picture: one tint per label set, thin borders, and where to write the names.

The tints are translucent, so that the picture lies on a light page as well as on a dark one; the names are drawn
by whoever shows it, because colour alone must not carry meaning.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image
from scipy import ndimage

Array = np.ndarray[Any, Any]
ENLARGE = 3  # scores are smooth: between two grid points they are interpolated
SMALLEST = 0.012  # share of the box below which a region gets no name
TINTS = (
    (88, 140, 220), (236, 140, 62), (70, 176, 130), (206, 96, 160), (148, 118, 216), (206, 176, 56),
    (90, 186, 200), (222, 92, 92), (140, 150, 160), (150, 190, 80), (190, 130, 90), (120, 120, 190),
)  # fmt: skip
TINT_ALPHA, BORDER_ALPHA = 92, 210


@dataclass(frozen=True)
class Regions:
    """A picture of the box, and the label sets to write on it at (x, y) in box coordinates."""

    png: bytes
    names: tuple[tuple[float, float, str], ...]

    @property
    def uri(self) -> str:
        return "data:image/png;base64," + b64encode(self.png).decode()


def regions(
    scores: Array, box: tuple[tuple[float, ...], tuple[float, ...]], labels: tuple[str, ...], k: int | None = None
) -> Regions:
    """Regions of equal label sets.

    Args:
        scores: (rows, columns, C) logits, row 0 at the top.
        box: lowest and highest point.
        labels: C names.
        k: colour by top-k set; None: by the set of predicted labels (logit >= 0).
    """
    coarse = _codes(scores, k)
    sets, place = np.unique(coarse, return_inverse=True)
    order = np.argsort(-np.bincount(place.ravel(), minlength=len(sets)), kind="stable")
    names = _names(place.reshape(coarse.shape), sets, order, box, labels)
    fine = ndimage.zoom(scores, (ENLARGE, ENLARGE, 1), order=1, grid_mode=True, mode="nearest")
    return Regions(_png(_codes(fine, k), sets[order]), tuple(names))


def _codes(scores: Array, k: int | None) -> Array:
    """(rows, columns) the label set of every cell as a number: bit j for label j."""
    bar = 0 if k is None else -np.partition(-scores, k - 1, axis=2)[..., k - 1 : k]
    return (scores >= bar) @ (1 << np.arange(scores.shape[2]))


def _png(codes: Array, sets: Array) -> bytes:
    """The picture; ``sets`` are the codes from the largest region to the smallest, which fixes their tints."""
    tint_of = np.full(int(max(codes.max(), sets.max())) + 1, len(TINTS) - 1)
    tint_of[sets] = np.arange(len(sets)) % len(TINTS)
    place = tint_of[codes]
    picture = np.array([(*tint, TINT_ALPHA) for tint in TINTS], dtype=np.uint8)[place]
    border = np.zeros(place.shape, dtype=bool)
    border[:, 1:] |= place[:, 1:] != place[:, :-1]
    border[1:, :] |= place[1:, :] != place[:-1, :]
    picture[border, 3] = BORDER_ALPHA
    file = BytesIO()
    Image.fromarray(picture).save(file, "PNG", compress_level=4)
    return file.getvalue()


def _names(
    place: Array, sets: Array, order: Array, box: tuple[tuple[float, ...], tuple[float, ...]], labels: tuple[str, ...]
) -> list[tuple[float, float, str]]:
    """The label set of every region that is large enough, at the point farthest from the region's border."""
    rows, columns = place.shape
    (x0, y0), (x1, y1) = box
    found = []
    for index in order:
        patches, count = ndimage.label(place == index)
        sizes = np.bincount(patches.ravel(), minlength=count + 1)
        for patch in range(1, count + 1):
            if sizes[patch] < SMALLEST * place.size:
                continue
            inside = np.pad(patches == patch, 1)
            depth = ndimage.distance_transform_edt(inside)[1:-1, 1:-1]
            row, column = np.unravel_index(int(depth.argmax()), depth.shape)
            x = x0 + (column + 0.5) / columns * (x1 - x0)
            y = y1 - (row + 0.5) / rows * (y1 - y0)
            found.append((round(float(x), 4), round(float(y), 4), _written(int(sets[index]), labels)))
    return found


def _written(code: int, labels: tuple[str, ...]) -> str:
    names = [name for bit, name in enumerate(labels) if code >> bit & 1]
    return "{" + ", ".join(names) + "}" if names else "∅"
