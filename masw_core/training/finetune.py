"""Trains the paper's networks on one of its data sets: ``finetune`` makes the weights of ``resnet50:voc2012``.

After every epoch the network is judged on the data set's evaluation split and everything is written, so that a
training which was stopped goes on from its last whole epoch and, on a CPU, ends with the same weights as one
that was not. What an epoch does is in ``trainer.py``.
"""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from masw_core.models.paper_models import models_folder
from masw_core.models.registry import find_device
from masw_core.training.storage import read_state, write_state, write_weights
from masw_core.training.trainer import FineTuning, Training

from tqdm import tqdm

__all__ = ["FineTuning", "finetune"]


def finetune(
    settings: FineTuning,
    root: str | Path | None = None,
    out: Path | None = None,
    device: str = "cpu",
    workers: int = 0,
    resume: bool = False,
    on_batch: Callable[[int, int, float], None] | None = None,
) -> dict[str, Any]:
    """Train, and write ``<architecture>-<data set>.safetensors`` and ``.json``, anew after every epoch.

    Args:
        root: the folder with the data set.
        out: folder for the weights; None: the models folder, where ``load_model`` finds them.
        device: "cpu", "cuda" or "auto".
        workers: processes that read pictures; 0: none beside this one.
        resume: go on with the training that was stopped in ``out``.
        on_batch: called with epoch, batch and loss; None: a progress bar where stderr is a terminal.
    Returns:
        The model card; ``card["results"]`` has the last epoch's mAP, ``card["history"]`` every epoch's.
    Raises:
        ValueError: impossible settings, data that is missing, a loss that is not finite, nothing to resume or
            a training with other settings; in one sentence.
        OSError: the disk is full or ``out`` cannot be written.
    """
    out = models_folder() if out is None else Path(out)
    where = find_device(device)
    stem = f"{settings.architecture}-{settings.dataset}"
    state_file = out / f"{stem}.training"
    state = read_state(state_file) if resume else None
    if state is None and state_file.exists():
        raise ValueError(f"{state_file} is an unfinished training: go on with --resume, or delete it to start anew")
    if state is not None and state["settings"] != asdict(settings):
        raise ValueError(f"{state_file} was started with other settings: {_difference(state['settings'], settings)}")
    training = Training(settings, root, where, workers)
    if state is not None:
        training.restore(state)
    out.mkdir(parents=True, exist_ok=True)
    batch_total = training.batches_per_epoch * settings.epochs
    with tqdm(total=batch_total, desc=settings.name, unit="batch", disable=True if on_batch else None) as bar:
        bar.update(training.epoch * training.batches_per_epoch)
        for epoch in range(training.epoch + 1, settings.epochs + 1):
            training.run_epoch(epoch, on_batch or _on(bar))
            write_weights(out / f"{stem}.safetensors", training.model.module, training.card())
            if epoch < settings.epochs:
                write_state(state_file, training.state())
    state_file.unlink(missing_ok=True)
    return training.card()


def _difference(stored: dict[str, Any], settings: FineTuning) -> str:
    now = asdict(settings)
    return ", ".join(f"{key} {stored.get(key)} instead of {now[key]}" for key in now if stored.get(key) != now[key])


def _on(bar: tqdm) -> Callable[[int, int, float], None]:
    def show(epoch: int, batch: int, loss: float) -> None:
        bar.set_postfix(epoch=epoch, loss=f"{loss:.4f}", refresh=False)
        bar.update()

    return show
