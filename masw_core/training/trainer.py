"""A training of one of the paper's networks between two epochs: what decides it, its state, one epoch more.

Binary cross-entropy, AdamW with a one-cycle learning rate (as in ``scenes.py``), mirrored and zoomed images;
mixed precision on a GPU. Every epoch is a function of the state before it. What is written when is in
``finetune.py``.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from masw_core.data import dataset_info, load_dataset
from masw_core.models.architectures import RECIPES, build_architecture
from masw_core.models.checkpoints import load_checkpoint
from masw_core.models.multi_label import MultiLabelModel
from masw_core.models.paper_models import ARCHITECTURES
from masw_core.training.photo_batches import augment, batch_count, batches
from masw_core.training.quality import quality
from masw_core.training.scenes import weight_decay_groups

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

LEARNING_RATES = {"none": 1e-3, "imagenet": 1e-4, "file": 1e-4}


@dataclass(frozen=True)
class FineTuning:
    """What decides the result of a training.

    architecture: inception_v3, resnet50, tresnet_m or tresnet_l.
    dataset: a name of ``list_datasets()``; trained on its "train", judged on its evaluation split.
    size: height and width of the images in pixels; None: the architecture's usual one.
    init: "none" (from scratch), "imagenet" (fetched by torchvision or timm) or the path of a checkpoint with
        the same labels.
    learning_rate: the highest of the cycle; None: 1e-3 from scratch, 1e-4 otherwise.
    """

    architecture: str
    dataset: str
    size: int | None = None
    epochs: int = 20
    batch: int = 32
    learning_rate: float | None = None
    init: str = "none"
    seed: int = 0
    weight_decay: float = 0.05

    def __post_init__(self) -> None:
        if self.architecture not in RECIPES:
            raise ValueError(f"there is no architecture {self.architecture!r}; choose one of {', '.join(RECIPES)}")
        dataset_info(self.dataset)
        for name, least in (("epochs", 1), ("batch", 2)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} = {getattr(self, name)} is too small: choose at least {least}")
        if self.learning_rate is not None and not 0 < self.learning_rate < float("inf"):
            raise ValueError(f"learning_rate = {self.learning_rate} is impossible: choose a number above 0")

    @property
    def name(self) -> str:
        """What ``load_model`` will call the result."""
        return f"{self.architecture}:{self.dataset}"

    @property
    def highest_rate(self) -> float:
        """The learning rate at the top of the cycle."""
        return self.learning_rate or LEARNING_RATES.get(self.init, LEARNING_RATES["file"])


class Training:
    """A training between two epochs: network, optimiser, schedule and what was measured so far."""

    def __init__(self, settings: FineTuning, root: str | Path | None, device: torch.device, workers: int) -> None:
        self.settings, self.device, self.workers = settings, device, workers
        self.judged_on = dataset_info(settings.dataset).evaluation_split
        size = settings.size or ARCHITECTURES[settings.architecture].side
        self.data = load_dataset(settings.dataset, "train", size, root)
        self.judges = load_dataset(settings.dataset, self.judged_on, size, root)
        if len(self.data) < 2:
            raise ValueError(f"{settings.dataset} has {len(self.data)} training images here: at least 2 are needed")
        if self.judges.labels != self.data.labels:
            raise ValueError(f"the splits train and {self.judged_on} of {settings.dataset} have different labels")
        torch.manual_seed(settings.seed)
        self.model = initial_model(settings, self.data.labels, size)
        self.model.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.model.memory_format = torch.channels_last
        self.batches_per_epoch = batch_count(len(self.data), settings.batch)
        groups = weight_decay_groups(self.model, settings.weight_decay)
        self.optimizer = torch.optim.AdamW(groups, lr=settings.highest_rate)
        steps = settings.epochs * self.batches_per_epoch
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, settings.highest_rate, total_steps=steps + 1, pct_start=0.2
        )
        self.precision, self.scaler = mixed_precision(device)
        self.epoch = 0
        self.history: list[dict[str, Any]] = []

    def run_epoch(self, epoch: int, on_batch: Callable[[int, int, float], None]) -> None:
        """One pass over the training images, then the judgement."""
        settings = self.settings
        seed = settings.seed * 100_003 + epoch
        torch.manual_seed(seed)  # for dropout
        generator = torch.Generator().manual_seed(seed)
        order = torch.randperm(len(self.data), generator=generator).tolist()
        losses = []
        self.model.train()
        for batch, (images, labels) in enumerate(batches(self.data, settings.batch, self.workers, order), start=1):
            images = augment(images.to(self.device, non_blocking=True), generator)
            loss = self._step(images, labels.to(self.device).float())
            if not np.isfinite(loss):
                raise ValueError(f"the loss is {loss} in epoch {epoch}: choose --lr below {settings.highest_rate:g}")
            losses.append(loss)
            on_batch(epoch, batch, loss)
        scores, present = self._judge()
        facts = quality(scores, present, self.data.labels)
        self.epoch = epoch
        self.history.append({"epoch": epoch, "loss": float(np.mean(losses)), "mAP": facts["mAP"], "F1": facts["F1"]})

    def _step(self, images: Tensor, labels: Tensor) -> float:
        with self.precision():
            logits = self.model(images)
        loss = binary_cross_entropy_with_logits(logits.float(), labels)
        self.optimizer.zero_grad()
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.schedule.step()
        return float(loss.detach())

    @torch.no_grad()
    def _judge(self) -> tuple[np.ndarray, np.ndarray]:
        """Logits and labels (N, C) of the evaluation split."""
        self.model.eval()
        shape = len(self.judges), len(self.judges.labels)
        scores, present, done = np.empty(shape, np.float32), np.empty(shape, bool), 0
        for images, labels in batches(self.judges, self.settings.batch, self.workers):
            with self.precision():
                logits = self.model(images.to(self.device))
            rows = slice(done, done := done + len(images))
            scores[rows], present[rows] = logits.float().cpu().numpy(), labels.numpy()
        return scores, present

    def card(self) -> dict[str, Any]:
        """Facts for the model card; ``load_checkpoint`` needs nothing else to rebuild the model."""
        settings, recipe = self.settings, RECIPES[self.settings.architecture]
        last = self.history[-1] if self.history else {}
        return {
            "name": settings.name,
            "summary": f"{ARCHITECTURES[settings.architecture].title} trained here on {settings.dataset}",
            "architecture": settings.architecture,
            "labels": list(self.data.labels),
            "input_size": list(self.model.input_size),
            "mean": list(self.model.card.get("mean", recipe.mean)),
            "std": list(self.model.card.get("std", recipe.std)),
            "parameters": sum(p.numel() for p in self.model.parameters()),
            "recipe": {**asdict(settings), "learning_rate": settings.highest_rate},
            "trained on": f"{len(self.data)} images of the split train of {settings.dataset}",
            "accuracy": f"mAP {last.get('mAP')} on {len(self.judges)} images of the split {self.judged_on}",
            "history": self.history,
            "date": datetime.now(UTC).date().isoformat(),
        }

    def state(self) -> dict[str, Any]:
        """Everything that the next epoch depends on."""
        return {
            "settings": asdict(self.settings),
            "epoch": self.epoch,
            "history": self.history,
            "network": self.model.module.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "scaler": self.scaler.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to where ``state`` was taken."""
        self.model.module.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.scaler.load_state_dict(state["scaler"])
        self.epoch, self.history = state["epoch"], list(state["history"])


def initial_model(settings: FineTuning, labels: tuple[str, ...], size: int) -> MultiLabelModel:
    """The network to start from, as ``settings.init`` says."""
    if settings.init in ("none", "imagenet"):
        return build_architecture(settings.architecture, labels, size, pretrained=settings.init == "imagenet")
    return load_checkpoint(settings.init, settings.architecture, labels, size)


def mixed_precision(device: torch.device) -> tuple[Callable[[], AbstractContextManager], torch.amp.GradScaler]:
    """The context of a forward pass, and the loss scaling that half precision needs.

    bfloat16 where the GPU has it, else float16 with scaling; single precision on a CPU.
    """
    if device.type != "cuda":
        return nullcontext, torch.amp.GradScaler(enabled=False)
    brain = torch.cuda.is_bf16_supported(including_emulation=False)
    dtype = torch.bfloat16 if brain else torch.float16
    return lambda: torch.autocast("cuda", dtype), torch.amp.GradScaler("cuda", enabled=not brain)
