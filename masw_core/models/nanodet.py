"""NanoDet-g as a tagger: a small detector that scores every label at every position, pooled to one logit per label.

Backbone of four cross-stage-partial stages (strides 4, 8, 16, 32), a path-aggregation neck over the last three, and
per stride a head of one convolution and one classifier. The detector's box branch is left out: it moves no logit.
Batch-norm was folded into the convolutions by whoever exported the weights. Where the weights are and what they were
measured to do is in the module that loads them.

Source: RangiLyu/nanodet, ``config/nanodet-g.yml`` (Apache-2.0); CSP: Wang et al. 2020; PAN: Liu et al. 2018.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

STRIDES = (8, 16, 32)  # of the three maps that are scored, in pixels of the image
WIDTHS = (32, 64, 128, 256)  # of the stages; a stage returns twice as many channels
RES_BLOCKS = (1, 2, 2, 3)  # per stage
NECK_WIDTH = 128


def conv_layer(before: int, after: int, stride: int = 1) -> nn.Sequential:
    """A 3x3 convolution and its activation, which overwrites its input (no gradient needs that again)."""
    return nn.Sequential(nn.Conv2d(before, after, 3, stride, padding=1), nn.LeakyReLU(0.1, inplace=True))


class TinyResBlock(nn.Module):
    """Two convolutions at half width; both results side by side replace the sum of a residual block."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.in_conv = conv_layer(width, width // 2)
        self.mid_conv = conv_layer(width // 2, width // 2)

    def forward(self, x: Tensor) -> Tensor:
        inner = self.in_conv(x)
        return torch.cat((self.mid_conv(inner), inner), dim=1)


class CspBlock(nn.Module):
    """Cross-stage-partial stage: what the residual blocks make of the input, beside the input itself."""

    def __init__(self, before: int, width: int, res_blocks: int, stride: int) -> None:
        super().__init__()
        self.in_conv = conv_layer(before, width, stride)
        self.res_blocks = nn.Sequential(*(TinyResBlock(width) for _ in range(res_blocks)))
        self.res_out_conv = conv_layer(width, width)

    def forward(self, x: Tensor) -> Tensor:
        x = self.in_conv(x)
        return torch.cat((self.res_out_conv(self.res_blocks(x)), x), dim=1)


class Pan(nn.Module):
    """Path aggregation: maps of three scales exchange what they know, from coarse to fine and back.

    Resizing is bilinear, as in the original; downwards by a factor of two that is the mean of 2x2 positions.
    """

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.lateral_convs = nn.ModuleList(nn.Conv2d(width, NECK_WIDTH, 1) for width in widths)

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        fine, middle, coarse = (lateral(x) for lateral, x in zip(self.lateral_convs, maps, strict=True))
        middle = middle + _twice_as_large(coarse)
        fine = fine + _twice_as_large(middle)
        middle = middle + F.avg_pool2d(fine, 2)
        coarse = coarse + F.avg_pool2d(middle, 2)
        return [fine, middle, coarse]


def _twice_as_large(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


class NanoDet(nn.Module):
    """Normalised RGB images (B, 3, H, W) to logits (B, C); H and W are multiples of 32, made for 320 and 416.

    A label's logit is the log-sum-exp of its logits at all positions, which is the maximum for a large
    ``sharpness`` s, plus a constant that puts the decision at probability 0.5:

        z_c = (1/s) ln sum_p exp(s m_cp) + shift
    """

    def __init__(self, labels: int, sharpness: float, shift: float) -> None:
        super().__init__()
        self.sharpness, self.shift = sharpness, shift
        # The original pools after the activation; that never falls, so the order is free, and this way is cheaper.
        conv, activation = conv_layer(3, WIDTHS[0], stride=2)
        self.stem = nn.Sequential(conv, nn.MaxPool2d(3, stride=2, padding=1), activation)
        befores = (WIDTHS[0], *(2 * width for width in WIDTHS[:-1]))
        rows = zip(befores, WIDTHS, RES_BLOCKS, (1, 2, 2, 2), strict=True)
        self.stages = nn.ModuleList(CspBlock(*row) for row in rows)
        self.neck = Pan(tuple(2 * width for width in WIDTHS[1:]))
        self.heads = nn.ModuleList(
            nn.Sequential(conv_layer(NECK_WIDTH, NECK_WIDTH), nn.Conv2d(NECK_WIDTH, labels, 1)) for _ in STRIDES
        )

    def forward(self, x: Tensor) -> Tensor:
        positions = torch.cat([scores.flatten(2) for scores in self.label_maps(x)], dim=2)
        return torch.logsumexp(self.sharpness * positions, dim=2) / self.sharpness + self.shift

    def label_maps(self, x: Tensor) -> list[Tensor]:
        """The detector's logits before pooling and shift: (B, C, H/stride, W/stride) for each of STRIDES."""
        x = self.stem(x)
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return [head(x) for head, x in zip(self.heads, self.neck(maps[1:]), strict=True)]

    def seen_at(self, x: Tensor) -> Tensor:
        """Where each label is seen, (B, C, H/8, W/8): per cell the largest logit of the three scales, shifted.

        The largest value of a label is its winning position; it lies at most ln(positions) / sharpness below the
        label's logit.
        """
        fine, *coarser = self.label_maps(x)
        for scores in coarser:
            fine = torch.maximum(fine, F.interpolate(scores, size=fine.shape[2:], mode="nearest"))
        return fine + self.shift
