"""A trained generator: applying it, writing it to a file, finding the one that was shipped for a model.

Files are safetensors in half precision with the card as JSON inside and beside them; loading executes nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from masw_core.assets import ASSETS
from masw_core.generative.network import PerturbationNetwork

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

METHODS = ("gama", "lpd")
FOLDER = ASSETS / "generators"


class Generator:
    """A perturbation network's weights and its card; never changes once made.

    Attributes:
        weights: tensors in half precision by name: what is saved is what is used.
        card: JSON-able facts: method, model, form, layer, input_size, tau, bound, recipe, results.
        digest: 12 hexadecimal digits that identify the weights.
    """

    def __init__(self, weights: Mapping[str, Tensor], card: Mapping[str, Any]) -> None:
        self.weights = {
            name: weights[name].detach().to("cpu", torch.float16, copy=True).contiguous() for name in sorted(weights)
        }
        self.card = dict(card)
        content = b"".join(name.encode() + value.numpy().tobytes() for name, value in self.weights.items())
        self.digest = hashlib.sha256(content).hexdigest()[:12]
        self._networks: dict[tuple[torch.dtype, torch.device], PerturbationNetwork] = {}
        self._network(torch.float32, torch.device("cpu"))  # weights of another network are refused here

    @property
    def label(self) -> str:
        """What configurations say of it."""
        return f"{self.card['method']}-{self.card['model']}@{self.digest}"

    def __repr__(self) -> str:
        return f"Generator({self.label})"

    def __call__(self, images: Tensor) -> Tensor:
        """Perturbations (B, 3, H, W) within ``card["bound"]`` for images in [-1, 1], in the images' precision.

        Raises:
            ValueError: no batch of colour images of at least 6 pixels a side.
        """
        if images.dim() != 4 or images.shape[1] != 3 or min(images.shape[2:]) < 6:
            raise ValueError(
                f"A generator paints on colour images (B, 3, H, W) of at least 6 pixels a side, not on inputs of "
                f"shape {tuple(images.shape)}."
            )
        with torch.no_grad():
            return self._network(images.dtype, images.device)(images)

    def with_results(self, results: Mapping[str, Any]) -> Generator:
        """The same generator with what was measured in its card."""
        return Generator(self.weights, {**self.card, "results": dict(results)})

    def save(self, folder: Path = FOLDER) -> Path:
        """Write ``<method>-<model>.safetensors`` and the card as ``.json`` beside it; returns the former's path."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / file_name(self.card["method"], self.card["model"])
        save_file(self.weights, file, metadata={"card": json.dumps(self.card)})
        file.with_suffix(".json").write_text(json.dumps(self.card, indent=1) + "\n")
        return file

    def _network(self, dtype: torch.dtype, device: torch.device) -> PerturbationNetwork:
        if (dtype, device) not in self._networks:
            with torch.device("meta"):  # no draws from the global seed for weights that are replaced at once
                network = PerturbationNetwork(bound=float(self.card["bound"]))
            network.load_state_dict(self.weights, assign=True)
            network.requires_grad_(False).to(device=device, dtype=dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]
            self._networks[dtype, device] = network
        return self._networks[dtype, device]


def load_generator(file: str | Path) -> Generator:
    """Read what ``Generator.save`` wrote.

    Raises:
        ValueError: no such file, or no generator in it.
    """
    path = Path(file)
    if not path.is_file():
        raise ValueError(f"There is no generator {path}: train one with python -m masw_core train gama or lpd.")
    try:
        with safe_open(path, framework="pt") as stored:
            weights = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 (not a dict)
            card = json.loads((stored.metadata() or {})["card"])
        return Generator(weights, card)
    except (SafetensorError, KeyError, TypeError, ValueError, OverflowError, RuntimeError) as error:
        raise ValueError(f"{path} holds no generator of this version: train it again.") from error


def shipped(method: str, model: str) -> Generator | None:
    """The generator that lies in assets/generators for a model's name, or None.

    The network is fully convolutional: it is applied at whatever size the model takes, also where that is not the
    size it was trained at.
    """
    file = FOLDER / file_name(method, model)
    return _read_once(file, file.stat().st_mtime_ns) if file.is_file() else None


def file_name(method: str, model: str) -> str:
    """A file name from any model name: what is neither letter, digit, dot nor dash becomes an underscore."""
    return f"{method}-{re.sub(r'[^A-Za-z0-9.-]', '_', model)}.safetensors"


@cache
def _read_once(file: Path, changed: int) -> Generator:
    return load_generator(file)
