"""The paper's models by name, ``<architecture>:<data set>``, and the folder where their weights are.

Nothing here comes with weights: they are trained with ``python -m masw_core finetune`` or read from a published
checkpoint. Listing reads file names and model cards, and imports no torch. The networks are in
``architectures.py``, reading files in ``checkpoints.py``, loading one by name in ``trained.py``.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from masw_core.models.card import is_card
from masw_core.models.info import ModelInfo
from masw_core.models.recommended_tau import recommended_tau
from masw_core.models.voc import VOC_LABELS


@dataclass(frozen=True)
class Architecture:
    """What is known of a network without building it; ``side`` is its usual input in pixels."""

    title: str
    side: int


ARCHITECTURES = {
    "inception_v3": Architecture("Inception-v3", 299),
    "resnet50": Architecture("ResNet-50", 224),
    "tresnet_m": Architecture("TResNet-M", 224),
    "tresnet_l": Architecture("TResNet-L", 224),
}
PAPER_MODELS = (
    "inception_v3:voc2012",
    "inception_v3:coco2014",
    "resnet50:voc2012",
    "resnet50:coco2014",
    "tresnet_m:nuswide",
    "tresnet_l:nuswide",
    "tresnet_m:openimages",
    "tresnet_l:openimages",
)
LABELS = {"voc2012": VOC_LABELS, "scenes": VOC_LABELS}  # the others' labels come with their files


def models_folder() -> Path:
    """Where weights are looked for and written: $MASW_MODELS, or ~/.cache/masw/models."""
    return Path(os.environ.get("MASW_MODELS") or "~/.cache/masw/models").expanduser()


def weights_file(name: str) -> Path:
    """Where the weights of ``<architecture>:<data set>`` are or would be."""
    return models_folder() / f"{name.replace(':', '-')}.safetensors"


def is_trained_name(name: str) -> bool:
    """Whether a name belongs here: it begins with one of the architectures."""
    return name.partition(":")[0] in ARCHITECTURES


def list_paper_models() -> list[ModelInfo]:
    """The paper's models, whether or not their weights are there, and whatever else was trained into the folder.

    ``summary`` says which it is. ``labels`` are empty where they are only known once there are weights.
    """
    found = {_name_of(file) for file in models_folder().glob("*.safetensors")} - {None, *PAPER_MODELS}
    return [_info(name) for name in (*PAPER_MODELS, *sorted(filter(None, found)))]


def how_to_train(name: str) -> str:
    architecture, _, dataset = name.partition(":")
    root = "" if dataset == "scenes" else " --root DIR"
    return f"run python -m masw_core finetune {architecture} --dataset {dataset}{root} --init imagenet"


def _info(name: str) -> ModelInfo:
    architecture, _, dataset = name.partition(":")
    known, file, card = ARCHITECTURES[architecture], weights_file(name), _card(name)
    height, width = card.get("input_size", (known.side, known.side))
    state = f"weights in {file}" if file.exists() else f"weights missing: {how_to_train(name)}"
    return ModelInfo(
        name=name,
        title=f"{known.title} for {dataset}",
        summary=f"{known.title} with one output per label of {dataset}; {state}",
        images="drawings" if dataset == "scenes" else "photos",
        input_size=(height, width),
        licence="that of the data and of the weights it started from",
        labels=tuple(card.get("labels", LABELS.get(dataset, ()))),
        recommended_tau=recommended_tau(name),
        ready=file.exists(),
    )


def _card(name: str) -> dict:
    """The model card beside the weights; empty where there is none or it is damaged."""
    try:
        card = json.loads(weights_file(name).with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return card if is_card(card) else {}


def _name_of(file: Path) -> str | None:
    architecture, _, dataset = file.stem.partition("-")
    return f"{architecture}:{dataset}" if architecture in ARCHITECTURES and dataset else None
