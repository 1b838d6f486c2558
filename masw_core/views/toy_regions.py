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
    fine = ndimage.zoom(scores, (ENLARGE, ENLARGE, 1), order=1, grid_mode=True, mode="nearest")
    if k is None:
        chosen = fine >= 0
    else:
        kth = -np.partition(-fine, k - 1, axis=2)[..., k - 1 : k]
        chosen = fine >= kth
    codes = (chosen * (1 << np.arange(len(labels)))).sum(2)
    sets, place = np.unique(codes, return_inverse=True)
    place = place.reshape(codes.shape)
    areas = np.bincount(place.ravel(), minlength=len(sets))
    order = np.argsort(-areas, kind="stable")
    return Regions(_png(place, order), tuple(_names(place, sets, order, box, labels)))


def _png(place: Array, order: Array) -> bytes:
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    tints = np.array([(*TINTS[r % len(TINTS)], TINT_ALPHA) for r in rank], dtype=np.uint8)
    picture = tints[place]
    border = np.zeros(place.shape, dtype=bool)
    border[:, 1:] |= place[:, 1:] != place[:, :-1]
    border[1:, :] |= place[1:, :] != place[:-1, :]
    picture[border, 3] = BORDER_ALPHA
    file = BytesIO()
    Image.fromarray(picture).save(file, "PNG", compress_level=6)
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
