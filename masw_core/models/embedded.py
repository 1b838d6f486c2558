"""The weights that come with the project: read whole and unaltered, or one sentence that says how to get them back.

A folder of weights has a ``SHA256SUMS`` (``sha256sum -c`` reads it too); a file that it lists must have that sum. Who
writes weights there calls ``note_sum``.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from masw_core.assets import ASSETS
from masw_core.models.info import ModelError

from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

SUMS = "SHA256SUMS"


def read_embedded(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors of a safetensors file by name, and the model card inside it (empty where there is none).

    Raises:
        ModelError: the file is missing, cut off or altered.
    """
    data = read_unaltered(path)
    try:
        tensors = load(data)
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        return tensors, json.loads(header.get("__metadata__", {}).get("card", "{}"))
    except (SafetensorError, ValueError) as error:
        raise _lost(path, "damaged") from error


def read_embedded_json(path: Path) -> dict[str, Any]:
    """The table of facts in a JSON file.

    Raises:
        ModelError: the file is missing or damaged.
    """
    try:
        said = json.loads(read_unaltered(path))
    except ValueError as error:
        if isinstance(error, ModelError):
            raise
        raise _lost(path, "damaged") from error
    if not isinstance(said, dict):
        raise _lost(path, "damaged")
    return said


def read_unaltered(path: Path) -> bytes:
    """A file's bytes, compared with its sum where its folder has one.

    Raises:
        ModelError: the file is missing, cannot be read, or is another than was written.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _lost(path, "missing" if isinstance(error, FileNotFoundError) else "not readable") from error
    noted = _sums(path.parent).get(path.name)
    if noted is not None and sha256(data).hexdigest() != noted:
        raise _lost(path, "damaged")
    return data


def note_sum(path: Path) -> None:
    """Write a file's sum into its folder's list, where it replaces an older one."""
    sums = _sums(path.parent) | {path.name: sha256(path.read_bytes()).hexdigest()}
    lines = [f"{digest}  {name}\n" for name, digest in sorted(sums.items())]
    (path.parent / SUMS).write_text("".join(lines), encoding="utf-8")


def _sums(folder: Path) -> dict[str, str]:
    file = folder / SUMS
    if not file.exists():
        return {}
    pairs = [line.split(maxsplit=1) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return {name.strip(): digest for digest, name in pairs}


def _lost(path: Path, what: str) -> ModelError:
    checkout = ASSETS.parent
    if (checkout / ".git").exists():
        inside = path.relative_to(checkout) if path.is_relative_to(checkout) else path
        return ModelError(f"{path} is {what}: get it back with git checkout -- {inside}")
    return ModelError(f"{path} is {what}: get it back with pip install --force-reinstall --no-deps masw-explorer")
