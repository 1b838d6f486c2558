"""What happens to a picture on its way: saved, scaled, cut, blurred, with noise on it. One table, Pillow's own filters.

Every degradation takes an 8-bit picture and gives one of the same size, as programs do, so each also contains the
rounding of "png". All are deterministic. Judging what is left is the business of ``judge``. No torch here.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

CUT = 4  # pixels
SHRUNK = 0.75  # of each side
BLUR = 1.0  # standard deviation in pixels
NOISE = 4.0  # standard deviation in 8-bit levels


@dataclass(frozen=True)
class Degradation:
    """One thing that happens to a picture.

    Attributes:
        name: in files and columns.
        title: on pages and in tables.
        apply: an RGB picture to one of the same size.
    """

    name: str
    title: str
    apply: Callable[[Image.Image], Image.Image]


def as_jpeg(picture: Image.Image, quality: int) -> Image.Image:
    """Saved and read again, with the colour subsampling that Pillow and most programs use."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def _resized(picture: Image.Image) -> Image.Image:
    """Shrunk with antialiasing and enlarged again, both bicubic."""
    width, height = picture.size
    small = (max(1, round(SHRUNK * width)), max(1, round(SHRUNK * height)))
    return picture.resize(small, Image.Resampling.BICUBIC).resize(picture.size, Image.Resampling.BICUBIC)


def _cut(picture: Image.Image) -> Image.Image:
    """Some pixels cut off on the left and at the top, the rest scaled to the old size."""
    width, height = picture.size
    box = (min(CUT, width - 1), min(CUT, height - 1), width, height)
    return picture.resize(picture.size, Image.Resampling.BICUBIC, box=box)


def _blurred(picture: Image.Image) -> Image.Image:
    return picture.filter(ImageFilter.GaussianBlur(BLUR))


def _noisy(picture: Image.Image) -> Image.Image:
    """Gaussian noise, the same for every picture of a size, so that a clean picture and its attack get equal noise."""
    width, height = picture.size
    values = np.asarray(picture, dtype=np.float32) + _noise(height, width)
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))


@lru_cache(maxsize=4)
def _noise(height: int, width: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng((height, width)).normal(0, NOISE, (height, width, 3)).astype(np.float32)


def degradation(name: str) -> Degradation:
    """One of ``DEGRADATIONS``.

    Raises:
        ValueError: there is none of this name.
    """
    for way in DEGRADATIONS:
        if way.name == name:
            return way
    raise ValueError(f"There is no degradation {name!r}: choose one of {', '.join(way.name for way in DEGRADATIONS)}.")


DEGRADATIONS = (
    Degradation("png", "PNG (8 bits)", lambda picture: picture),
    *(Degradation(f"jpeg{quality}", f"JPEG {quality}", partial(as_jpeg, quality=quality)) for quality in (95, 75, 50)),
    Degradation("resize", f"Shrunk to {SHRUNK:.0%} and back", _resized),
    Degradation("crop", f"{CUT} pixels cut off", _cut),
    Degradation("blur", f"Blurred by {BLUR:g} pixel", _blurred),
    Degradation("noise", f"Noise of {NOISE:g} levels", _noisy),
)
