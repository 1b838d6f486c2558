"""Batches of photos for training and for judging.

The order and the changes of every epoch are a function of (seed, epoch) alone, so that a training that was
stopped goes on exactly as it would have. Pictures are read by worker processes.
"""

import math
from collections.abc import Iterator
from typing import Any

from masw_core.data import DataError

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample
from torch.utils.data import DataLoader, Dataset

LARGEST_ZOOM = 1.25


def batches(
    data: Dataset[Any], size: int, workers: int, order: list[int] | None = None
) -> Iterator[tuple[Tensor, Tensor]]:
    """(images, labels) in order; a last batch of one image is left out in training, where it has no variance.

    order: the items to train on, in that order; None: all of them, every one, to judge.
    """
    chosen = list(range(len(data))) if order is None else order  # type: ignore[arg-type]
    if order is not None and len(chosen) % size == 1:
        chosen = chosen[:-1]
    loader = DataLoader(data, batch_size=size, sampler=chosen, num_workers=workers)
    try:
        yield from loader
    except DataError as error:  # from a worker it comes with the traceback of that process as its text
        raise DataError(str(error).rpartition("DataError: ")[2].strip()) from error


def batch_count(images: int, size: int) -> int:
    """How many batches an epoch of training has."""
    return math.ceil(images / size) - (images % size == 1)


def augment(images: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror every second image and show a random window of it, at most 1.25 times enlarged; (B, 3, H, W)."""
    count = len(images)
    half_side = 1 - torch.rand(count, generator=generator) * (1 - 1 / LARGEST_ZOOM)
    corner = (2 * torch.rand(count, 2, generator=generator) - 1) * (1 - half_side)[:, None]
    mirrored = 1 - 2 * (torch.rand(count, generator=generator) < 0.5).float()
    window = torch.zeros(count, 2, 3)
    window[:, 0, 0], window[:, 1, 1] = half_side * mirrored, half_side
    window[:, :, 2] = corner
    grid = affine_grid(window.to(images.device), list(images.shape), align_corners=False)
    return grid_sample(images, grid, padding_mode="reflection", align_corners=False)
