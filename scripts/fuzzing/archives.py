"""Hostile ZIP files: bundles, traces and checkpoints of universal attacks, with members, names, sizes and arrays that
lie."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from functools import cache
from random import Random
from typing import Any

from masw_core import load_attack, make_goal, run
from masw_core.models import MultiLabelModel
from masw_core.one_picture.bundle import BundleError, read_bundle, write_bundle
from masw_core.one_picture.outcome import facts_at, files_at
from masw_core.trace.trace import Trace, TraceError
from masw_core.universal import iterate_universal, load_checkpoint, load_universal, save_checkpoint
from masw_core.universal.checkpoint import Checkpoint, settings_of
from scripts.fuzzing.damage import BOUNDARIES, damaged, twisted, value
from scripts.fuzzing.reader import Reader, from_file
from scripts.fuzzing.watching import CANARY, SCRATCH

import numpy as np
import torch

NAMES = (
    f"../../{CANARY}", f"/tmp/{CANARY}", f"C:\\{CANARY}", f"..\\{CANARY}", "", ".", "..", "/", "a/" * 3000,
    "config.json/", "./config.json", "CONFIG.JSON", "trace.npz\0.txt", "\u202econfig.json", "con", "-rf",
)  # fmt: skip
KINDS = ("<f4", "<f8", ">f4", "<f2", "|b1", "|i1", "<i4", "<u8", "|O", "<U5", "<U100000000", "|V8", "<M8[s]", "<c16")
SHAPES = (
    "()",
    "(0,)",
    "(1,)",
    "(-1,)",
    f"({10**30},)",
    f"({2**62}, 4)",
    "(99999999, 99999)",
    str((1,) * 40),
    "(True,)",
    "[3]",
)


@cache
def _model() -> MultiLabelModel:
    generator = torch.Generator().manual_seed(0)
    layer = torch.nn.Linear(3 * 8 * 8, 5)
    with torch.no_grad():
        layer.weight.copy_(torch.randn(layer.weight.shape, generator=generator) * 0.1)
    return MultiLabelModel(torch.nn.Sequential(torch.nn.Flatten(), layer), list("abcde"), (8, 8), name="scenes").eval()


@cache
def _pictures() -> torch.Tensor:
    return torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(1)) * 2 - 1


@cache
def valid_trace() -> Trace:
    model, x = _model(), _pictures()[:1]
    scores = model(x).detach()
    goal = make_goal("worst", scores >= scores.max(), 2, scores)
    asked = {"steps": 5, "tau": 2.0}
    facts = {"seed": 1, "picture": "a dog", "preset": "default", "asked": asked}
    return run(load_attack("masw", **asked), model, x, goal, stop="never", trace=True, **facts).traces[0]


@cache
def _bundle() -> dict[str, bytes]:
    file = io.BytesIO()
    write_bundle(file, valid_trace())
    return _members(file.getvalue())


@cache
def _trace() -> dict[str, bytes]:
    file = io.BytesIO()
    valid_trace().save(file)
    return _members(file.getvalue())


@cache
def _checkpoint() -> dict[str, bytes]:
    model, x = _model(), _pictures()
    true = model(x).detach() >= 0
    true[:, 0] = True
    universal = load_universal("masw", inner={"steps": 2}, tau=2.0, passes=1, batch=2)
    *_, step = iterate_universal(universal, model, x, true, 2)
    file = io.BytesIO()
    save_checkpoint(file, Checkpoint(step, settings_of(universal, model, x, true, 2), 1.0))
    return _members(file.getvalue())


def _members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _hostile_bundle(dice: Random) -> bytes:
    members = dict(_bundle())
    if dice.random() < 0.5:
        members["trace.npz"] = _hostile(_trace(), dice)
    if dice.random() < 0.5:
        _twist_json(members, "config.json", dice)
    return _hostile(members, dice)


def _hostile(members: dict[str, bytes], dice: Random) -> bytes:
    """A ZIP of these members with something wrong in one of them, in the list of them, or in the file."""
    members, way = dict(members), dice.random()
    name = dice.choice(list(members))
    if way < 0.3:
        members[name] = _hostile_array(members[name], dice) if name.endswith(".npy") else damaged(members[name], dice)
    elif way < 0.55 and "header.npy" in members:
        header = twisted(json.loads(str(np.load(io.BytesIO(members["header.npy"])))), dice)
        members["header.npy"] = _npy(np.array(json.dumps(header)))
    elif way < 0.6:
        del members[name]
    elif way < 0.65:
        members[dice.choice(NAMES)] = members.pop(name)
    data = _packed(members, dice)
    return _lying(data, dice) if way > 0.8 else data


def _packed(members: dict[str, bytes], dice: Random) -> bytes:
    """The ZIP, now and then with members that nobody expects: bombs, links, names twice, names of other places."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(_info(name), content, dice.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)))
        extra = dice.random()
        if extra < 0.05:
            archive.writestr(_info(dice.choice(NAMES)), b"x" * 100)
        elif extra < 0.08:
            link = _info(dice.choice((*NAMES, *members)))
            link.external_attr = 0o120777 << 16
            archive.writestr(link, f"/tmp/{CANARY}")
        elif extra < 0.1:
            archive.writestr(_info(dice.choice(list(members))), b"twice")
        elif extra < 0.11:
            archive.writestr(_info("bomb"), bytes(60_000_000), zipfile.ZIP_DEFLATED)
    data = file.getvalue()
    if 0.11 < extra < 0.13:
        name = dice.choice([name for name in members if not name.startswith("header")])
        data = _with_bomb({**members, name: b"\x93NUMPY\x01\x00"})
    return data


@cache
def _zeros() -> bytes:
    return bytes(200_000_000)


def _with_bomb(members: dict[str, bytes]) -> bytes:
    """One of the members unpacks to 200 MB."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            big = content == b"\x93NUMPY\x01\x00"
            archive.writestr(_info(name), _zeros() if big else content, zipfile.ZIP_DEFLATED, 1)
    return file.getvalue()


def _info(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name or "x")


def _lying(data: bytes, dice: Random) -> bytes:
    """Numbers in the list of members or at the end of the file that are not true."""
    changed = bytearray(data)
    start = data.find(b"PK\x01\x02") if dice.random() < 0.7 else data.rfind(b"PK\x05\x06")
    for _ in range(dice.choice((1, 1, 3))):
        code = dice.choice(("<H", "<I"))
        at = start + 4 + dice.randrange(max(min(60, len(data) - start - 8), 1))
        number = dice.choice((*BOUNDARIES, len(data))) % 2 ** (8 * struct.calcsize(code))
        changed[at : at + struct.calcsize(code)] = struct.pack(code, number)
    return bytes(changed)


def _hostile_array(content: bytes, dice: Random) -> bytes:
    """An NPY file of another kind or shape than the numbers in it, or of other numbers."""
    way = dice.random()
    if way < 0.4:
        kind, shape = dice.choice(KINDS), dice.choice(SHAPES)
        text = f"{{'descr': '{kind}', 'fortran_order': {dice.choice((True, False, 3))}, 'shape': {shape}, }}"
        body = text.encode().ljust(118) + b"\n"
        return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(body)) + body + content[128:]
    if way < 0.8:
        array = np.load(io.BytesIO(content)).copy()
        others = [array[None], array.T, array[:0] if array.ndim else array]
        if array.dtype.kind in "fi" and array.size:
            edges = (-1, 0, 127, 1e38, np.nan, np.inf) if array.dtype.kind == "f" else (-128, -1, 0, 3, 127)
            array.flat[dice.randrange(array.size)] = dice.choice(edges)
            others.append(array.astype("f8"))
        return _npy(dice.choice((array, *others)))
    return damaged(content, dice)


def _npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def _twist_json(members: dict[str, bytes], name: str, dice: Random) -> None:
    said = twisted(json.loads(members[name]), dice) if dice.random() < 0.9 else value(dice)
    members[name] = json.dumps(said).encode()


def _open_bundle(data: bytes) -> None:
    """What the lab and ``masw open`` do with a bundle."""
    bundle = read_bundle(io.BytesIO(data))
    facts_at(bundle.trace, bundle.step)
    files_at(bundle.trace, bundle.step)
    str(bundle.settings)


def _open_trace(data: bytes) -> None:
    trace = Trace.load(io.BytesIO(data))
    trace.measures()
    trace.to_csv()


BUNDLES = Reader("bundles", _hostile_bundle, _open_bundle, (BundleError,))
TRACES = Reader("traces", lambda dice: _hostile(_trace(), dice), _open_trace, (TraceError,))
CHECKPOINTS = Reader(
    "universal checkpoints",
    lambda dice: _hostile(_checkpoint(), dice),
    from_file(SCRATCH, "checkpoint.npz", load_checkpoint),
    (ValueError,),
)
