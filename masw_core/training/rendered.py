"""A split of the scenes painted once and kept in memory as 8-bit pixels."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from masw_core.data.scenes import SceneDataset

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

CHUNK = 250


@dataclass(frozen=True)
class Rendered:
    """Pixels (N, H, W, 3) uint8 and labels (N, 20) bool."""

    pixels: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.pixels)


def render(split: str, count: int, processes: int = 2) -> Rendered:
    """Paint the first ``count`` scenes of a split; small numbers without further processes."""
    chunks = [(split, first, min(first + CHUNK, count)) for first in range(0, count, CHUNK)]
    if len(chunks) == 1 or processes == 1:
        parts = [_render_chunk(chunk) for chunk in chunks]
    else:
        with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
            bar = tqdm(pool.map(_render_chunk, chunks), f"painting {split}", len(chunks), disable=None)
            parts = list(bar)
    return Rendered(np.concatenate([p for p, _ in parts]), np.concatenate([y for _, y in parts]))


def _render_chunk(chunk: tuple[str, int, int]) -> tuple[np.ndarray, np.ndarray]:
    split, first, last = chunk
    dataset = SceneDataset(split)
    items = [dataset.pixels(index) for index in range(first, last)]
    return np.stack([pixels for pixels, _ in items]), np.stack([labels for _, labels in items])


def as_images(pixels: np.ndarray) -> Tensor:
    """(B, H, W, 3) uint8 to a channels-last float tensor (B, 3, H, W) in [-1, 1]."""
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
