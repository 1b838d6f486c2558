"""Pictures of a run as bytes: the clean image, the adversarial one, the perturbation magnified, small frames.

Images are (3, H, W) floats in [-1, 1]. Nothing here decides which step to show.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from masw_core.trace.trace import Trace

Array = np.ndarray[Any, Any]
SMALLEST = 64  # pixels of a side that a picture does not go below
LEVELS = 127.5  # 8-bit levels per unit of the [-1, 1] box


def to_levels(image: Array) -> Array:
    """(H, W, 3) uint8, the way saving as PNG rounds a [-1, 1] image."""
    return np.clip(np.rint((image.transpose(1, 2, 0) + 1) * LEVELS), 0, 255).astype(np.uint8)


def png(image: Array) -> bytes:
    """A [-1, 1] image as PNG bytes."""
    file = BytesIO()
    Image.fromarray(to_levels(image)).save(file, "PNG")
    return file.getvalue()


def jpeg(levels: Array, side: int, quality: int) -> bytes:
    """(H, W, 3) uint8 as JPEG bytes without colour subsampling, no side longer than ``side``."""
    picture = Image.fromarray(levels)
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    file = BytesIO()
    picture.save(file, "JPEG", quality=quality, subsampling=0)
    return file.getvalue()


def webp(levels: Array, most: int) -> tuple[bytes, bool]:
    """(H, W, 3) uint8 as WebP bytes, and whether they hold every level exactly.

    Args:
        levels: the picture.
        most: about how many bytes there is room for: beyond it, colours lose precision first and then size.
    """
    picture = Image.fromarray(levels)
    exact = _webp(picture, lossless=True)
    if len(exact) <= most:
        return exact, True
    while len(made := _webp(picture, quality=85)) > most and min(picture.size) > SMALLEST:
        picture = picture.resize((picture.width * 3 // 4, picture.height * 3 // 4), Image.Resampling.LANCZOS)
    return made, False


def _webp(picture: Image.Image, **options: Any) -> bytes:
    file = BytesIO()
    picture.save(file, "WEBP", **options)
    return file.getvalue()


def noise_levels(perturbation: Array) -> tuple[Array, float]:
    """A perturbation as (H, W, 3) uint8 around 128 and its largest magnitude, which is 127 levels."""
    largest = float(np.abs(perturbation).max()) or 1.0
    levels = np.rint(perturbation.transpose(1, 2, 0) * (127 / largest)) + 128
    return np.clip(levels, 0, 255).astype(np.uint8), largest


def magnification(perturbation: Array) -> int:
    """By how much to multiply a perturbation so that its strong pixels fill the range without drowning it."""
    strong = float(np.quantile(np.abs(perturbation), 0.995)) * LEVELS
    return 1 if strong <= 0 else int(np.clip(round(110 / strong), 1, 200))


def adversarial_at(trace: Trace, step: int) -> tuple[Array, int]:
    """The adversarial image of ``step`` (or of the nearest kept step before it) and that step's number."""
    perturbation, kept = trace.perturbation_at(step)
    return np.clip(trace.image + perturbation, -1, 1), kept


def magnified(perturbation: Array, times: float) -> Array:
    """The perturbation as an image in [-1, 1]: grey is zero, magnified ``times``."""
    return np.clip(perturbation * times, -1, 1)
