"""The network of the embedded scenes: a small residual net that looks for every label at every position.

A 5x5 stem and max-pooling, four residual stages of widths 24-48-96-192, a 1x1 head that scores the 20
labels at every position of the last map, and log-mean-exp pooling over the positions: smooth like a mean,
nearly as sharp as a maximum, so one small object is enough and every position gets a gradient. 1.5 million
parameters. No control flow depends on data or shapes, so the module can be traced, folded and vmapped.
Weights and model card are in ``scenes.py``; training is in ``masw_core/training``.
"""

import torch
from torch import Tensor, nn

WIDTHS = (24, 48, 96, 192)
BLOCKS_PER_STAGE = 2


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with batch norm beside a shortcut (He et al. 2016)."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(after)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or before != after:
            self.shortcut = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

    def forward(self, x: Tensor) -> Tensor:
        inner = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(inner)) + self.shortcut(x))


class SceneNetwork(nn.Module):
    """Images (B, 3, H, W) in [-1, 1] to logits (B, labels). Made for 128 x 128; any size from 32 up works."""

    def __init__(self, labels: int = 20, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, widths[0], 5, stride=2, padding=2, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2, padding=1),
        )
        blocks = []
        for stage, (before, after) in enumerate(zip((widths[0], *widths), widths, strict=False)):
            for block in range(BLOCKS_PER_STAGE):
                stride = 2 if stage > 0 and block == 0 else 1
                blocks.append(ResidualBlock(before if block == 0 else after, after, stride))
        self.stages = nn.Sequential(*blocks)
        self.head = nn.Conv2d(widths[-1], labels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return log_mean_exp(self.seen_at(x))

    def seen_at(self, x: Tensor) -> Tensor:
        """Where each label is seen: its logits (B, labels, H/32, W/32) by position, before pooling."""
        scores: Tensor = self.head(self.stages(self.stem(x)))
        return scores


def log_mean_exp(scores: Tensor) -> Tensor:
    """log of the mean of exp over the two last dimensions of (B, C, h, w), without overflow."""
    largest = scores.detach().amax((2, 3), keepdim=True)
    return (scores - largest).exp().mean((2, 3)).log() + largest.flatten(1)


def scene_network() -> SceneNetwork:
    """An untrained network for the 20 VOC labels."""
    return SceneNetwork()
