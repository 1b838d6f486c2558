"""Training of a generator against one model: minutes for a demonstration, the same weights for the same seed.

As in both papers the L_inf bound alone limits the perturbation; an L2 ball, where an attack has one, scales it down
afterwards. Training inside the ball that small models call for was tried and learns nothing (docs/decisions.md).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from masw_core.generative.encoder import TextImageEncoder
from masw_core.generative.features import FeatureReader
from masw_core.generative.network import BOUND, PerturbationNetwork
from masw_core.generative.objectives import Gama, Lpd, Objective, ReducedGama, prompts_for
from masw_core.generative.store import METHODS, Generator
from masw_core.models.attacked import Frozen, require_signed
from masw_core.settings import choose, require
from masw_core.task.geometry import inside_box

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize
from tqdm import tqdm

BETAS = (0.5, 0.999)  # GAMA's Adam
SOME = 32  # images that the card's loss is taken on


@dataclass(frozen=True)
class Recipe:
    """The numbers of one training; the papers' 20 epochs at 1e-4 are for networks of ImageNet's size.

    Attributes:
        epochs, batch, learning_rate: of Adam.
        bound: L_inf bound in [-1, 1] units, 10/255 of [0, 1] images as in both papers.
        seed: of the first weights, the order of images and all draws.
    """

    epochs: int = 3
    batch: int = 8
    learning_rate: float = 1e-3
    bound: float = BOUND
    seed: int = 0

    def __post_init__(self) -> None:
        require(self.epochs >= 1, f"epochs = {self.epochs} is too few: choose at least 1.")
        require(self.batch >= 1, f"batch = {self.batch} is too small: choose at least 1.")
        for name in ("learning_rate", "bound"):
            require(getattr(self, name) > 0, f"{name} = {getattr(self, name)} must be positive.")


@dataclass(frozen=True)
class Progress:
    """Told after every batch.

    Attributes:
        done, total: batches.
        loss: of this batch.
    """

    done: int
    total: int
    loss: float


def train_generator(
    method: str,
    model: nn.Module,
    images: Tensor,
    recipe: Recipe | None = None,
    encoder: TextImageEncoder | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Generator:
    """Train the generator of a method against a model.

    Args:
        method: ``"gama"`` or ``"lpd"``.
        model: images in [-1, 1] to logits; left as it was; training happens on its device.
        images: (N, 3, H, W), uint8 pixels or floats in [-1, 1]; float64 trains in double precision.
        recipe: None: the default numbers.
        encoder: GAMA's text-image encoder; None: the reduced form.
        progress: called after every batch; None: a progress bar where stderr is a terminal.

    Raises:
        ValueError: unknown method, images of another shape, or an encoder for LPD.
    """
    choose("method", method, METHODS)
    require_signed(model)
    fits = images.dim() == 4 and images.shape[1] == 3 and len(images) > 0
    require(fits, f"images has shape {tuple(images.shape)}: give (N, 3, H, W) with at least one image.")
    require(encoder is None or method == "gama", "Only gama uses a text-image encoder: leave encoder out.")
    recipe = recipe or Recipe()
    draws = torch.Generator().manual_seed(recipe.seed)
    network = _fresh(model, images, recipe)
    started = time.monotonic()
    with Frozen(model):
        reader = FeatureReader.of(model, _floats(images[:1]).to(network.device))
        objective = _objective(method, reader, images, encoder, draws)
        untrained = _loss_on_some(network, reader, objective, images)
        _fit(network, reader, objective, images, recipe, draws, progress)
        trained = _loss_on_some(network, reader, objective, images)
    card = {
        "method": method,
        "model": getattr(model, "name", type(model).__name__),
        "form": objective.form,
        "input_size": list(images.shape[2:]),
        "bound": recipe.bound,
        "layer": reader.layer,
        "recipe": {"images": len(images), **asdict(recipe)},
        "loss": {"untrained": untrained, "trained": trained},
        "seconds": round(time.monotonic() - started),
        "threads": torch.get_num_threads(),
    }
    return Generator(network.state_dict(), card)


def _fresh(model: nn.Module, images: Tensor, recipe: Recipe) -> PerturbationNetwork:
    """An untrained network on the model's device; the global seed is left alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        network = PerturbationNetwork(bound=recipe.bound)
    device = next((parameter.device for parameter in model.parameters()), images.device)
    return network.to(device=device, dtype=_precision(images), memory_format=torch.channels_last)  # type: ignore[call-overload]


def _fit(
    network: PerturbationNetwork,
    reader: FeatureReader,
    objective: Objective,
    images: Tensor,
    recipe: Recipe,
    draws: torch.Generator,
    progress: Callable[[Progress], None] | None,
) -> None:
    """Train in place."""
    total = recipe.epochs * -(-len(images) // recipe.batch)
    optimizer = torch.optim.Adam(network.parameters(), lr=recipe.learning_rate, betas=BETAS)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda at: min(1.0, 2.04 - 2 * at / total, (at + 1) / 20))
    with tqdm(total=total, unit="batch", desc="training", disable=None if progress is None else True) as bar:
        for done, clean in enumerate(_batches(images, recipe, draws), start=1):
            loss = objective_at(network, reader, objective, clean.to(network.device), draws)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            bar.update()
            if progress is not None:
                progress(Progress(done, total, float(loss.detach())))


@torch.no_grad()
def _loss_on_some(network: PerturbationNetwork, reader: FeatureReader, objective: Objective, images: Tensor) -> float:
    """The objective on the first images, with draws of its own."""
    some = _floats(images[:SOME]).to(network.device, memory_format=torch.channels_last)
    return float(objective_at(network, reader, objective, some, torch.Generator().manual_seed(0)))


def objective_at(
    network: PerturbationNetwork,
    reader: FeatureReader,
    objective: Objective,
    clean: Tensor,
    draws: torch.Generator,
) -> Tensor:
    """The loss of a batch of clean images; single precision runs in bfloat16, which many processors do faster."""
    with torch.autocast(clean.device.type, torch.bfloat16, enabled=clean.dtype == torch.float32):
        attacked = inside_box(clean + network(clean).to(clean.dtype))
        with torch.no_grad():
            _, before = reader(clean)
        _, after = reader(attacked)
    return objective(after.to(clean.dtype), before.to(clean.dtype), clean, draws)


def _objective(
    method: str, reader: FeatureReader, images: Tensor, encoder: TextImageEncoder | None, draws: torch.Generator
) -> Objective:
    if method == "lpd":
        return Lpd()
    if encoder is None:
        return ReducedGama()
    device = next(reader.model.parameters()).device
    with torch.no_grad():
        read = [reader(_floats(part).to(device)) for part in images.split(32)]
    present = torch.cat([scores >= 0 for scores, _ in read]).cpu()
    labels = getattr(reader.model, "labels", tuple(str(label) for label in range(present.shape[1])))
    texts = normalize(encoder.texts(prompts_for(tuple(labels), present)).to(device, _precision(images)), dim=1)
    bridge = torch.randn(read[0][1].shape[2], texts.shape[1], generator=draws, dtype=texts.dtype).to(device)
    return Gama(encoder, texts, bridge / texts.shape[1] ** 0.5)


def _batches(images: Tensor, recipe: Recipe, draws: torch.Generator) -> Iterator[Tensor]:
    """Shuffled passes; every image is mirrored half of the time."""
    for _ in range(recipe.epochs):
        for rows in torch.randperm(len(images), generator=draws).split(recipe.batch):
            chosen = _floats(images[rows])
            mirrored = torch.rand(len(rows), generator=draws) < 0.5
            flipped = torch.where(mirrored[:, None, None, None], chosen.flip(3), chosen)
            yield flipped.contiguous(memory_format=torch.channels_last)


def _floats(images: Tensor) -> Tensor:
    return images.float() / 127.5 - 1 if images.dtype == torch.uint8 else images


def _precision(images: Tensor) -> torch.dtype:
    return torch.float32 if images.dtype == torch.uint8 else images.dtype
