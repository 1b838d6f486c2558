"""Reads trained weights safely and puts them into the paper's networks.

Files are safetensors, or whatever ``torch.save`` wrote as long as it holds tensors only: nothing is ever
executed (``weights_only=True``). Published checkpoints differ in wrapping, prefixes and the name of the last
layer; these differences are evened out here, everything else has to fit exactly.
"""

import json
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from masw_core.models.architectures import RECIPES, build_architecture
from masw_core.models.card import is_card
from masw_core.models.info import ModelError
from masw_core.models.multi_label import MultiLabelModel
from masw_core.settings import shown

import torch
from safetensors import safe_open
from torch import Tensor

WRAPPINGS = ("state_dict", "model", "model_state_dict", "net", "network")
PREFIXES = ("module.", "_orig_mod.", "model.", "backbone.")
HEADS = ("fc", "head.fc", "head", "classifier", "last_linear", "linear")
UNUSED = ("AuxLogits.",)  # the classifier that Inception-v3 has during ImageNet training only


def load_checkpoint(
    path: str | Path,
    architecture: str | None = None,
    labels: Sequence[str] | None = None,
    input_size: int | tuple[int, int] | None = None,
    *,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    name: str | None = None,
) -> MultiLabelModel:
    """A network of the paper with the weights of a file, in evaluation mode, not folded.

    Args:
        path: .safetensors, or .pth, .pt or .tar written by ``torch.save``: a state dict, or one under "state_dict"
            or "model", with or without the prefix "module.".
        architecture, labels, input_size: what the file does not say itself. Files written by
            ``python -m masw_core finetune`` say everything; what is given goes first.
        mean, std: the normalisation used in training; None: what the file says, else what the ImageNet weights of
            the network expect.
        name: the model's name in results; None: the file's name.

    Raises ``ModelError``, one sentence with the numbers, for a file that is missing, holds more than tensors or
    does not fit.
    """
    path = Path(path).expanduser()
    state, card = read_checkpoint(path)
    architecture = architecture or card.get("architecture")
    if architecture not in RECIPES:
        raise ModelError(f"{path} needs its architecture named, one of {', '.join(RECIPES)}; got {shown(architecture)}")
    labels = card.get("labels") if labels is None else labels
    if labels is None:
        raise ModelError(
            f"{path} does not say what its outputs mean: use load_checkpoint(path, {architecture!r}, "
            "labels=load_dataset(...).labels)"
        )
    model = build_architecture(
        architecture,
        labels,
        input_size or tuple(card.get("input_size", ())) or None,
        mean=mean or card.get("mean"),
        std=std or card.get("std"),
        title=name or path.stem,
        card=card,
    )
    _fill(model, architecture, state, path)
    return model.eval()


def read_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors of a file by name, and the model card where it carries one (else empty)."""
    if not path.is_file():
        raise ModelError(f"there is no file {path}")
    try:
        stored, card = _stored(path)
    except pickle.UnpicklingError as error:
        raise ModelError(
            f"{path} holds more than tensors, or is damaged, and is not opened because it could run code: "
            "save its state dict alone"
        ) from error
    except Exception as error:  # a damaged pickle ends in whatever its last instruction does
        raise ModelError(f"{path} is damaged or no checkpoint ({' '.join(str(error).split())[:120]})") from error
    return _unwrapped(stored, path), card


def _stored(path: Path) -> tuple[Any, dict[str, Any]]:
    """What the file holds, and its model card."""
    if path.suffix != ".safetensors":
        return torch.load(path, map_location="cpu", weights_only=True), {}
    with safe_open(path, framework="pt") as stored:
        card = json.loads((stored.metadata() or {}).get("card", "{}"))
        if not is_card(card):
            raise ValueError("its model card says what cannot be")
        return {key: stored.get_tensor(key) for key in stored.keys()}, card  # noqa: SIM118 (not a dict)


def _unwrapped(stored: Any, path: Path) -> dict[str, Tensor]:
    """The state dict inside whatever was saved."""
    while isinstance(stored, Mapping):
        inner = next((stored[key] for key in WRAPPINGS if isinstance(stored.get(key), Mapping)), None)
        if inner is None:
            break
        stored = inner
    tensors = {k: v for k, v in stored.items() if isinstance(v, Tensor)} if isinstance(stored, Mapping) else {}
    if not tensors:
        raise ModelError(f"{path} holds no state dict: expected tensors by name, or such a table under 'state_dict'")
    return tensors


def _fill(model: MultiLabelModel, architecture: str, state: dict[str, Tensor], path: Path) -> None:
    """Copy the tensors into the network; every difference that is left is counted in one sentence."""
    wanted = model.module.state_dict()
    state = _plain_names(state, architecture)
    head = RECIPES[architecture].head
    _name_the_head(state, wanted, head)
    weight = state.get(f"{head}.weight")
    if weight is not None and weight.shape[0] != len(model.labels):
        raise ModelError(f"{path} has {weight.shape[0]} outputs but there are {len(model.labels)} labels")
    counters = [key for key in wanted if key.endswith("num_batches_tracked")]
    missing = [key for key in wanted if key not in state and key not in counters]
    unknown = [key for key in state if key not in wanted]
    misshapen = [key for key in wanted if key in state and state[key].shape != wanted[key].shape]
    if missing or unknown or misshapen:
        first = (missing + unknown + misshapen)[0]
        raise ModelError(
            f"{path} does not fit {architecture}: {len(missing)} tensors are missing, {len(unknown)} unknown and "
            f"{len(misshapen)} of another shape, such as {first}"
        )
    model.module.load_state_dict({**{key: wanted[key] for key in counters}, **state})


def _plain_names(state: dict[str, Tensor], architecture: str) -> dict[str, Tensor]:
    """Without prefixes and without what is used in training only; TResNet's published names become timm's."""
    plain = {}
    for key, value in state.items():
        while (prefix := next((prefix for prefix in PREFIXES if key.startswith(prefix)), None)) is not None:
            key = key.removeprefix(prefix)
        if not key.startswith(UNUSED):
            plain[key] = value
    if architecture.startswith("tresnet"):
        from timm.models.tresnet import checkpoint_filter_fn  # build_architecture has imported torchvision

        plain = checkpoint_filter_fn(plain, None)
    return plain


def _name_the_head(state: dict[str, Tensor], wanted: Mapping[str, Tensor], head: str) -> None:
    """Rename the last layer where a checkpoint calls it otherwise."""
    for other in HEADS:
        weight, bias = f"{other}.weight", f"{other}.bias"
        if f"{head}.weight" not in state and weight in state and weight not in wanted:
            state[f"{head}.weight"] = state.pop(weight)
            if bias in state:
                state[f"{head}.bias"] = state.pop(bias)
