"""Labels as people hand them in: a 0 or 1 per label, or one sentence on how to write them so."""

from __future__ import annotations

import torch
from torch import Tensor


def multi_hot(name: str, value: Tensor) -> Tensor:
    """(B, C) bool of a multi-hot tensor of any type.

    Raises:
        ValueError: it has another shape, or values other than 0 and 1, as label indices do.
    """
    if value.dim() != 2:
        raise ValueError(
            f"{name} must be multi-hot of shape (B, C), a 0 or 1 per label, not of shape {tuple(value.shape)}; "
            "torch.nn.functional.one_hot(indices, C) turns one index per image into it."
        )
    if value.dtype != torch.bool and bool(((value != 0) & (value != 1)).any()):
        raise ValueError(
            f"{name} must be multi-hot, a 0 or 1 per label, but holds {_other_value(value):g}; "
            "torch.zeros(B, C).scatter(1, indices, 1) turns rows of label indices into it."
        )
    return value.bool()


def _other_value(value: Tensor) -> float:
    return float(value[(value != 0) & (value != 1)][0])
