"""Hostile weights: safetensors whose list of tensors lies, and files of ``torch.save`` that hold more than tensors."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import zipfile
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from masw_core.generative.network import PerturbationNetwork
from masw_core.generative.store import Generator, load_generator
from masw_core.models.checkpoints import load_checkpoint, read_checkpoint
from masw_core.models.info import ModelError
from masw_core.training.storage import read_state
from scripts.fuzzing.damage import damaged, twisted, value
from scripts.fuzzing.reader import Reader, from_file
from scripts.fuzzing.watching import CANARY, SCRATCH

import torch
from safetensors.torch import save


class _Runs:
    """Unpickling it runs a program."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.call


@cache
def _card() -> dict[str, Any]:
    return {"architecture": "resnet50", "labels": ["cow", "dog"], "input_size": [64, 64], "mean": [0.5] * 3}


@cache
def _safetensors() -> bytes:
    weights = {"conv.weight": torch.zeros(2, 3, 3, 3), "fc.weight": torch.ones(2, 8), "fc.bias": torch.ones(2)}
    return save(weights, metadata={"card": json.dumps(_card())})


@cache
def _generator() -> bytes:
    torch.manual_seed(0)
    network = PerturbationNetwork((4, 4, 4, 4))
    card = {"method": "gama", "model": "scenes", "bound": 0.08, "tau": 1.0}
    return save({name: one.half() for name, one in network.state_dict().items()}, metadata={"card": json.dumps(card)})


@cache
def _shipped_generator() -> bytes:
    torch.manual_seed(0)
    card = {"method": "gama", "model": "scenes", "bound": 0.08, "tau": 1.0}
    generator = Generator(PerturbationNetwork().state_dict(), card)
    return save(generator.weights, metadata={"card": json.dumps(card)})


@cache
def _saved(new: bool) -> bytes:
    state = {"state_dict": {"module.fc.weight": torch.ones(2, 8), "module.fc.bias": torch.ones(2)}, "epoch": 3}
    file = io.BytesIO()
    torch.save(state, file, _use_new_zipfile_serialization=new)
    return file.getvalue()


def _hostile_tensors(data: bytes, dice: Random) -> bytes:
    """A safetensors file with another list of tensors, another length of it, or damage."""
    (size,) = struct.unpack("<Q", data[:8])
    header, body = json.loads(data[8 : 8 + size]), data[8 + size :]
    way = dice.random()
    if way < 0.3:
        header = twisted(header, dice)
    elif way < 0.5:
        card = header["__metadata__"]
        said = twisted(json.loads(card["card"]), dice) if dice.random() < 0.8 else value(dice)
        header["__metadata__"] = {**card, "card": json.dumps(said) if dice.random() < 0.9 else str(said)}
    elif way < 0.7:
        name = dice.choice([name for name in header if name != "__metadata__"])
        entry = header[name]
        entry[dice.choice(("shape", "data_offsets"))] = [dice.choice((0, -1, 1, 2**40, 2**63)) for _ in range(2)]
        entry["dtype"] = dice.choice(("F32", "F16", "F64", "BOOL", "F8_E4M3", "X", "", None))
    text = json.dumps(header).encode()
    length = len(text) if way < 0.8 else dice.choice((0, 1, len(text) - 1, len(text) + 5, 10**8, 2**63, 2**64 - 1))
    made = struct.pack("<Q", length) + text + body
    return damaged(made, dice) if way > 0.9 else made


def _hostile_pickle(dice: Random) -> bytes:
    """A file of ``torch.save``, old or new, damaged, or a pickle that would run something."""
    way = dice.random()
    if way < 0.35:
        return damaged(_saved(dice.random() < 0.5), dice)
    if way < 0.5:
        evil = dice.choice(
            (
                _Runs(os.system, f"touch /tmp/{CANARY}"),
                _Runs(eval, f"open('/tmp/{CANARY}', 'w')"),
                _Runs(getattr, "a", "join"),
                _Runs(torch.zeros, 10**12),
                _Runs(bytearray, 10**12),
            )
        )
        made = pickle.dumps(dice.choice((evil, {"state_dict": evil}, {"a": torch.zeros(1), "b": evil})), protocol=2)
        return made if dice.random() < 0.5 else _with_pickle(made)
    if way < 0.9:
        return _with_pickle(damaged(_members()["archive/data.pkl"], dice))
    file = io.BytesIO()
    torch.save(dice.choice((value(dice), {"state_dict": value(dice)}, {1: torch.zeros(2)}, [torch.zeros(2)])), file)
    return file.getvalue()


@cache
def _members() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(_saved(True))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _with_pickle(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, other in _members().items():
            archive.writestr(zipfile.ZipInfo(name), content if name.endswith("data.pkl") else other)
    return file.getvalue()


def _checkpoint(dice: Random) -> bytes:
    return _hostile_tensors(_safetensors(), dice) if dice.random() < 0.5 else _hostile_pickle(dice)


def _read_either(data: bytes) -> None:
    """By its beginning, as a person who names the file would by its suffix."""
    suffix = ".pth" if data[:2] in (b"PK", b"\x80\x02") else ".safetensors"
    from_file(SCRATCH, f"weights{suffix}", read_checkpoint)(data)


def _load(data: bytes) -> None:
    from_file(SCRATCH, "weights.safetensors", lambda file: load_checkpoint(Path(file)))(data)


def _tensors_of(make: Any) -> Any:
    return lambda dice: _hostile_tensors(make(), dice)


def _a_generator(dice: Random) -> bytes:
    return _hostile_tensors(_shipped_generator() if dice.random() < 0.7 else _generator(), dice)


WEIGHTS = Reader("weights", _checkpoint, _read_either, (ModelError,))
NETWORKS = Reader("weights into a network", _tensors_of(_safetensors), _load, (ModelError,), share=10)
GENERATORS = Reader("generators", _a_generator, from_file(SCRATCH, "g.safetensors", load_generator), (ValueError,))
TRAININGS = Reader("unfinished trainings", _hostile_pickle, from_file(SCRATCH, "state", read_state), (ValueError,))
