"""The range that images are given in: [-1, 1], as in the paper, or [0, 1].

Every number of this project (tau, step sizes, norms in traces, the paper's measures) is in the units of [-1, 1]
images, and every attack works there. A model may take its images in [0, 1]; then images, adversarial images and
perturbations are handed over in [0, 1] units, where a perturbation's norm is half as large, and nothing else changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

Range = tuple[float, float]
SIGNED: Range = (-1.0, 1.0)
UNIT: Range = (0.0, 1.0)


def checked_range(value: Any) -> Range:
    """One of the two ranges.

    Raises:
        ValueError: it is neither (-1, 1) nor (0, 1).
    """
    try:
        low, high = (float(edge) for edge in value)
    except (TypeError, ValueError):
        low = high = float("nan")
    if (low, high) not in (SIGNED, UNIT):
        raise ValueError(f"input_range = {value!r} is not supported: choose (-1, 1), or (0, 1) for images in [0, 1].")
    return low, high


def is_signed(value: Any) -> bool:
    """Whether a range is [-1, 1] (and not [0, 1]; anything else is refused)."""
    return checked_range(value) == SIGNED


def range_of(model: Any) -> Range:
    """The range of a model's images; a model that says nothing takes them in [-1, 1]."""
    return checked_range(getattr(model, "input_range", SIGNED))


def to_signed(images: Tensor, given: Range) -> Tensor:
    """Images of a range in [-1, 1]."""
    return images if is_signed(given) else 2 * images - 1


def from_signed(images: Tensor, wanted: Range) -> Tensor:
    """Images in [-1, 1] in another range."""
    return images if is_signed(wanted) else (images + 1) / 2


def change_to_signed(perturbation: Tensor, given: Range) -> Tensor:
    """A difference of two images of a range, in the units of [-1, 1]."""
    return perturbation if is_signed(given) else 2 * perturbation


def change_from_signed(perturbation: Tensor, wanted: Range) -> Tensor:
    """A difference of two images in [-1, 1], in the units of another range."""
    return perturbation if is_signed(wanted) else perturbation / 2
