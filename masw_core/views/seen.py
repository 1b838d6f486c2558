"""Where a network sees a label: its confidence at every position, laid over the picture, and the same in words.

The logits by position come from ``MultiLabelModel.seen_at``. The colours mean the same in every picture, so that
clean and adversarial can stand beside each other.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from masw_core.views.pictures import to_levels

import numpy as np
from PIL import Image, ImageDraw

Array = np.ndarray[Any, Any]
WARM, HOT = (255, 176, 32), (228, 18, 66)  # at confidence 0 and 1
STRENGTH = 0.85  # share of the colour where the confidence is 1
SHORTEST = 320  # pixels of the shorter side: small pictures are enlarged, so that the outline stays thin


def heat(image: Array, logits: Array) -> bytes:
    """A picture under the confidence at every position, as PNG.

    The warmer, the more confident; positions at 0.5 or more are outlined, the most confident one wears a ring.

    Args:
        image: (3, H, W) in [-1, 1].
        logits: (h, w) of one label, over the whole picture.
    """
    picture = _enlarged(Image.fromarray(to_levels(image)))
    confidence = _confidence(logits, picture.size)
    grey = np.asarray(picture.convert("L").convert("RGB"), dtype=float)
    faded = 0.8 * grey + 0.2 * np.asarray(picture, dtype=float)
    share = confidence[..., None]
    colour = (1 - share) * np.array(WARM) + share * np.array(HOT)
    mixed = faded * (1 - STRENGTH * share) + colour * STRENGTH * share
    mixed[_outline(confidence >= 0.5)] = 255
    painted = Image.fromarray(mixed.astype(np.uint8))
    _ring(painted, logits)
    file = BytesIO()
    painted.save(file, "PNG")
    return file.getvalue()


def winner(logits: Array) -> tuple[float, float]:
    """Where a label is seen most: the middle of that position, (down, right) as shares of the picture.

    A position of a coarser scale covers several equal cells; its middle is theirs.
    """
    row, column = np.argwhere(logits == logits.max()).mean(axis=0)
    return (float(row) + 0.5) / logits.shape[0], (float(column) + 0.5) / logits.shape[1]


def in_words(label: str, logits: Array) -> str:
    """Where a label is seen most and how surely, for those who cannot see the picture."""
    down, right = winner(logits)
    confidence = 1 / (1 + np.exp(-float(logits.max())))
    sure = f"{label} is seen" if confidence >= 0.5 else f"{label} is seen nowhere with 0.5 or more, and"
    return f"{sure} most {_place(down, right)}, with confidence {confidence:.2f} there"


def _place(down: float, right: float) -> str:
    rows, columns = ("at the top", "in the middle", "at the bottom"), ("left", "", "right")
    row, column = rows[min(int(down * 3), 2)], columns[min(int(right * 3), 2)]
    if row == rows[1]:
        return f"on the {column}" if column else row
    return f"{row} {column}".rstrip()


def _enlarged(picture: Image.Image) -> Image.Image:
    times = -(-SHORTEST // min(picture.size))
    return picture.resize((picture.width * times, picture.height * times), Image.Resampling.BICUBIC)


def _confidence(logits: Array, size: tuple[int, int]) -> Array:
    """(H, W) in 0 to 1: the logits between the positions are interpolated."""
    grid = Image.fromarray(np.clip(logits, -20, 20).astype(np.float32))
    return 1 / (1 + np.exp(-np.asarray(grid.resize(size, Image.Resampling.BILINEAR), dtype=float)))


def _outline(inside: Array) -> Array:
    """The pixels of a region that touch its outside, two pixels thick."""
    padded = np.pad(inside, 2, mode="edge")
    height, width = inside.shape
    core = np.ones_like(inside)
    for down in range(5):
        for right in range(5):
            core &= padded[down : down + height, right : right + width]
    return inside & ~core


def _ring(picture: Image.Image, logits: Array) -> None:
    down, right = winner(logits)
    y, x, radius = down * picture.height, right * picture.width, max(picture.size) / 36
    draw = ImageDraw.Draw(picture)
    for wider, colour, width in ((1.5, "#101418", 6), (0.0, "#ffffff", 3)):
        reach = radius + wider
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), outline=colour, width=width)
