"""Mid-level features of any model: what its last layer reads, taken by a hook and never altered.

The layer is the last convolution or linear layer, in the order of execution, that the scores depend on and that
reads a map of at least four positions; where no layer does (a network that pools early), the last one of all.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

FEWEST_POSITIONS = 4


@dataclass(frozen=True)
class FeatureReader:
    """Reads scores and features of a model in one forward.

    Attributes:
        model: images to logits (B, C).
        layer: name of the module whose input is read.
    """

    model: nn.Module
    layer: str

    @classmethod
    def of(cls, model: nn.Module, images: Tensor) -> FeatureReader:
        """A reader at the layer that the module's docstring names, found by one forward of ``images``.

        Raises:
            ValueError: the model has neither convolutions nor linear layers.
        """
        return cls(model, last_map(model, images))

    def __call__(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (B, C) and features (B, positions, channels); a single position where the layer reads a vector."""
        read: list[Tensor] = []
        handle = self.model.get_submodule(self.layer).register_forward_pre_hook(
            lambda module, inputs: read.append(inputs[0].clone())  # a network may go on in place
        )
        try:
            scores = self.model(images)
        finally:
            handle.remove()
        return scores, by_position(read[-1])


def last_map(model: nn.Module, images: Tensor) -> str:
    """Name of the layer to read, as the module's docstring defines it."""
    run: list[tuple[str, Tensor, Tensor]] = []
    handles = [
        module.register_forward_hook(lambda module, inputs, output, name=name: run.append((name, inputs[0], output)))
        for name, module in model.named_modules()
        if isinstance(module, nn.Conv2d | nn.Linear)
    ]
    try:
        with torch.enable_grad():
            scores = model(images.detach().requires_grad_())
    finally:
        for handle in handles:
            handle.remove()
    if not run:
        raise ValueError("The model has no convolution and no linear layer, so there are no features to attack.")
    slopes = torch.autograd.grad(scores.sum(), [output for _, _, output in run], allow_unused=True)
    used = [(name, value) for (name, value, _), slope in zip(run, slopes, strict=True) if slope is not None]
    maps = [name for name, value in used if by_position(value).shape[1] >= FEWEST_POSITIONS]
    return (maps or [name for name, _ in used])[-1]


def by_position(value: Tensor) -> Tensor:
    """A layer's input as (B, positions, channels): maps (B, F, h, w), tokens (B, P, F) or vectors (B, F)."""
    if value.dim() == 4:
        return value.flatten(2).transpose(1, 2)
    return value if value.dim() == 3 else value[:, None]
