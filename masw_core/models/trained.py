"""Loads one of the paper's models by name, with the weights that a user trained or fetched."""

from __future__ import annotations

from pathlib import Path

from masw_core.models.checkpoints import load_checkpoint
from masw_core.models.info import ModelError
from masw_core.models.multi_label import MultiLabelModel
from masw_core.models.paper_models import LABELS, how_to_train, weights_file


def trained_model(name: str, weights: str | Path | None = None) -> MultiLabelModel:
    """Build ``<architecture>:<data set>`` with its weights, not folded.

    weights: the file; None: ``<architecture>-<data set>.safetensors`` in the models folder.

    Raises ``ModelError``: no such file, or it does not fit.
    """
    architecture, _, dataset = name.partition(":")
    if weights is None and not dataset:
        raise ModelError(f"{name!r} is a network without a task: write {name}:voc2012 or another data set")
    file = weights_file(name) if weights is None else Path(weights).expanduser()
    if weights is None and not file.exists():
        raise ModelError(f"the weights of {name!r} are not in {file.parent}: {how_to_train(name)}")
    return load_checkpoint(file, architecture, LABELS.get(dataset), name=name)
