"""Which samples a universal attack works on: those of a data set that the model tags exactly right."""

from __future__ import annotations

from typing import Any

from masw_core.models.attacked import Frozen, signed
from masw_core.universal.evaluate import device_of

import torch
from torch import Tensor, nn

AT_ONCE = 32
LOOK_AT = 20  # samples looked at, at most, per sample wanted: a model that tags fewer right does not know the data


def rightly_tagged(model: Any, data: Any, count: int) -> tuple[Tensor, Tensor]:
    """The first ``count`` samples that the model tags exactly right: (count, 3, H, W) and (count, C) bool.

    Args:
        model: with ``labels``, logits at least 0 count as predicted.
        data: with ``labels``, items ``(image, multi-hot)``.

    Raises:
        ValueError: the labels differ, or too few samples are tagged right.
    """
    if tuple(data.labels) != tuple(model.labels):
        raise ValueError("The data set has other labels than the model: choose a model that was made for it.")
    if count < 1:
        raise ValueError(f"{count} samples are too few: choose at least 1.")
    images: list[Tensor] = []
    labels: list[Tensor] = []
    limit = min(len(data), LOOK_AT * count + AT_ONCE)
    for start in range(0, limit, AT_ONCE):
        items = [data[index] for index in range(start, min(start + AT_ONCE, limit))]
        x, true = torch.stack([image for image, _ in items]), torch.stack([label for _, label in items]).bool()
        right = _right(model, x, true)
        images += x[right]
        labels += true[right]
        if len(images) >= count:
            return torch.stack(images[:count]), torch.stack(labels[:count])
    raise ValueError(
        f"The model tags only {len(images)} of {limit} samples exactly right, not {count}: "
        "ask for fewer, or choose a model that was made for these pictures."
    )


def _right(model: nn.Module, x: Tensor, true: Tensor) -> Tensor:
    with Frozen(model), torch.no_grad():
        return ((signed(model)(x.to(device_of(model, x))) >= 0).cpu() == true).all(1)
