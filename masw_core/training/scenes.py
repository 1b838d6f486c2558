"""The recipes of ``scenes`` and ``scenes-robust``.

``scenes``: from scratch, AdamW with a one-cycle learning rate, binary cross-entropy, flips, shifts and
colour changes; the first half of the epochs sees the scenes at three quarters of their size, which takes
half the time. ``scenes-robust``: the weights of ``scenes``, two more epochs in which every image is moved
one L2 step against its own loss, of a length uniform in [0, 2.5] (single-step adversarial training,
Goodfellow et al. 2015, in the L2 ball of [-1, 1] images). Everything is seeded; another machine or number
of threads gives slightly different weights.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from masw_core.data.scenes import SPLITS
from masw_core.models.scene_network import SceneNetwork, scene_network
from masw_core.models.scenes import WEIGHTS_FOLDER
from masw_core.models.voc import VOC_LABELS
from masw_core.training.export import export, load_weights
from masw_core.training.quality import logits_of, quality
from masw_core.training.rendered import Rendered, as_images, render

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, interpolate
from tqdm import tqdm


@dataclass(frozen=True)
class Recipe:
    """The numbers of one training.

    ``small_epochs`` are the first epochs, at SMALL_SIZE; ``reach`` is the longest adversarial step (0: none).
    """

    epochs: int
    small_epochs: int
    learning_rate: float
    reach: float
    seed: int
    batch: int = 64
    weight_decay: float = 0.05
    scenes: int = SPLITS["train"][1]


SMALL_SIZE = 96
SCENES = Recipe(epochs=10, small_epochs=5, learning_rate=4e-3, reach=0.0, seed=11)
SCENES_ROBUST = Recipe(epochs=2, small_epochs=0, learning_rate=1e-3, reach=2.5, seed=12)


@dataclass(frozen=True)
class Progress:
    """Told after every batch: how far the training is, and the network itself."""

    epoch: int
    batch: int
    batches: int
    epochs: int
    loss: float
    network: SceneNetwork

    @property
    def fraction(self) -> float:
        """Share of the training that is done, 0 to 1."""
        return ((self.epoch - 1) * self.batches + self.batch) / (self.epochs * self.batches)


def train_scenes(
    robust: bool,
    out: Path = WEIGHTS_FOLDER,
    epochs: int | None = None,
    scenes: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> dict[str, Any]:
    """Train one of the two networks and write its weights and card to the folder ``out``.

    Args:
        robust: train ``scenes-robust``, which starts from ``out/scenes.safetensors``.
        out: folder for ``<name>.safetensors`` and ``<name>.json``; the product's own by default.
        epochs, scenes: instead of the recipe's numbers (evaluation is cut down in proportion).
        progress: called after every batch; None: a progress bar where stderr is a terminal.
    Returns:
        The model card.
    Raises:
        FileNotFoundError: ``robust`` without weights to start from.
    """
    recipe = SCENES_ROBUST if robust else SCENES
    count = recipe.scenes if scenes is None else min(scenes, recipe.scenes)
    network = scene_network_from(recipe, out if robust else None)
    epochs = recipe.epochs if epochs is None else epochs
    data = render("train", count)
    held_back = {
        split: render(split, max(1, SPLITS[split][1] * count // recipe.scenes)) for split in ("test", "unseen")
    }
    with tqdm(total=100, unit="%", desc="training", disable=None if progress is None else True) as bar:
        seconds = fit(network, data, recipe, epochs, progress or partial(_show, bar))
    results = {
        split: quality(logits_of(network, rendered), rendered.labels, VOC_LABELS)
        for split, rendered in held_back.items()
    }
    facts = {
        "recipe": {**vars(recipe), "epochs": epochs, "scenes": count},
        "seconds": round(seconds),
        "threads": torch.get_num_threads(),
    }
    return export(network, "scenes-robust" if robust else "scenes", results, facts, out)


def _show(bar: tqdm, state: Progress) -> None:
    """Move the bar to where the training is."""
    bar.set_postfix(epoch=state.epoch, loss=f"{state.loss:.3f}", refresh=False)
    bar.update(round(100 * state.fraction) - bar.n)


def scene_network_from(recipe: Recipe, folder: Path | None) -> SceneNetwork:
    """A fresh network seeded by the recipe, or the exported ``scenes`` of a folder."""
    torch.manual_seed(recipe.seed)
    network = scene_network()
    if folder is not None:
        weights = folder / "scenes.safetensors"
        if not weights.exists():
            raise FileNotFoundError(f"scenes-robust starts from {weights}, which is not there: train scenes first.")
        network.load_state_dict(load_weights(weights))
    return network


def fit(
    network: SceneNetwork,
    data: Rendered,
    recipe: Recipe,
    epochs: int,
    progress: Callable[[Progress], None],
) -> float:
    """Train in place; returns the seconds it took."""
    started = time.monotonic()
    rng = np.random.default_rng(recipe.seed)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    batches = -(-len(data) // recipe.batch)
    optimizer = torch.optim.AdamW(weight_decay_groups(network, recipe.weight_decay), lr=recipe.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.learning_rate, total_steps=epochs * batches + 1, pct_start=0.2
    )
    for epoch in range(1, epochs + 1):
        for batch, (images, labels) in enumerate(_batches(data, recipe.batch, rng), start=1):
            if epoch <= recipe.small_epochs:
                images = interpolate(images, size=SMALL_SIZE, mode="bilinear", align_corners=False)
            if recipe.reach:
                lengths = torch.from_numpy(rng.random(len(images)) * recipe.reach).float()
                images = one_step_against(network, images, labels, lengths)
            network.train()
            loss = _loss(network, images, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            progress(Progress(epoch, batch, batches, epochs, float(loss.detach()), network))
    return time.monotonic() - started


def one_step_against(network: nn.Module, images: Tensor, labels: Tensor, lengths: Tensor) -> Tensor:
    """Every image moved by its length (B,) along the gradient of its own loss, within [-1, 1]."""
    network.eval()
    moved = images.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(_loss(network, moved, labels), moved)
    norm = gradient.flatten(1).norm(dim=1).clamp_min(1e-12)
    return (images + gradient * (lengths / norm)[:, None, None, None]).clamp_(-1, 1).detach()


def _loss(network: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """Binary cross-entropy; the network runs in bfloat16, which processors that have it do faster."""
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(images)
    return binary_cross_entropy_with_logits(logits.float(), labels)


def weight_decay_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Weight decay on the convolutions only, not on biases and batch norm."""
    kernels = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    return [{"params": kernels, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


def _batches(data: Rendered, size: int, rng: np.random.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """One shuffled, augmented pass."""
    order = rng.permutation(len(data))
    for first in range(0, len(order), size):
        rows = order[first : first + size]
        yield augment(data.pixels[rows], rng), torch.from_numpy(data.labels[rows]).float()


def augment(pixels: np.ndarray, rng: np.random.Generator, reach: int = 8) -> Tensor:
    """Mirror, shift by up to ``reach`` pixels (edges repeated) and change the colours of each image."""
    height, width = pixels.shape[1:3]
    padded = np.pad(pixels, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="edge")
    shifted = np.empty_like(pixels)
    for row, (down, right) in enumerate(rng.integers(0, 2 * reach + 1, (len(pixels), 2))):
        shifted[row] = padded[row, down : down + height, right : right + width]
    mirrored = rng.random(len(pixels)) < 0.5
    shifted[mirrored] = shifted[mirrored][:, :, ::-1]
    gain = torch.from_numpy(rng.uniform(0.85, 1.15, (len(pixels), 3, 1, 1))).float()
    offset = torch.from_numpy(rng.uniform(-0.1, 0.1, (len(pixels), 1, 1, 1))).float()
    return as_images(shifted).mul_(gain).add_(offset).clamp_(-1, 1)
