"""The network that paints perturbations: small, fully convolutional, residual, bounded; its training is elsewhere."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

BOUND = 20 / 255  # L_inf in [-1, 1] units: the 10/255 of the papers, which count images in [0, 1]
WIDTHS = (12, 24, 48, 48)  # channels at full size, 1/2, 1/4 and 1/8
BLOCKS = 3
GROUPS = 4
SPREAD = 2.0  # root mean square before the tanh: most numbers come near the bound, none so near that it is stuck


class Layer(nn.Sequential):
    """3x3 convolution, group norm (each picture by itself), leaky ReLU."""

    def __init__(self, before: int, after: int, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(before, after, 3, stride, padding=1, bias=False),
            nn.GroupNorm(GROUPS, after),
            nn.LeakyReLU(0.1),
        )


class Residual(nn.Module):
    """Two layers beside the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(Layer(width, width), Layer(width, width))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.inner(x)


class PerturbationNetwork(nn.Module):
    """Images (B, 3, H, W) in [-1, 1], any size from 6 pixels up, to perturbations of the same shape in +-``bound``.

    Deviates from the generators of GAMA and LPD, a ResNet of 7.8 million parameters that paints the whole image,
    clamped to x +- bound. This one has 0.2 million and paints the perturbation itself, bounded by a tanh. Group norm
    stands where they have batch norm, so that a picture's result depends on no other picture of the batch; and before
    the tanh every perturbation loses its mean colour and gets a fixed spread, so that neither a constant tint nor a
    saturated tanh can stop the gradient. Without the two, trainings stalled (docs/decisions.md).
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS, blocks: int = BLOCKS, bound: float = BOUND) -> None:
        super().__init__()
        self.bound = bound
        steps = list(pairwise(widths))
        self.stem = Layer(3, widths[0])
        self.down = nn.ModuleList(Layer(wide, deep, stride=2) for wide, deep in steps)
        self.blocks = nn.Sequential(*(Residual(widths[-1]) for _ in range(blocks)))
        self.up = nn.ModuleList(Layer(deep, wide) for wide, deep in reversed(steps))
        self.paint = nn.Conv2d(widths[0], 3, 3, padding=1)

    @property
    def device(self) -> torch.device:
        return self.paint.weight.device

    def forward(self, x: Tensor) -> Tensor:
        seen = [self.stem(x)]
        for layer in self.down:
            seen.append(layer(seen[-1]))
        inner = self.blocks(seen.pop())
        for layer in self.up:
            finer = seen.pop()
            inner = finer + layer(interpolate(inner, size=finer.shape[2:]))
        return self.bound * torch.tanh(SPREAD * unit_spread(self.paint(inner)))


def unit_spread(painted: Tensor) -> Tensor:
    """Per picture: mean 0 in every channel, root mean square 1 over all of them."""
    centred = painted - painted.mean((2, 3), keepdim=True)
    return centred / (centred.square().mean((1, 2, 3), keepdim=True) + 1e-12).sqrt()
