"""A universal attack on disk: an NPZ file with z, the best z and a JSON header; nothing in it is ever executed."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from masw_core.task.goals import Goal
from masw_core.universal.config import Universal
from masw_core.universal.step import PassRow, UniversalStep

import numpy as np
import torch
from torch import Tensor

SCHEMA = 1
FACTS = ("number", "seen", "skipped", "samples", "forwards", "backwards", "ended")


@dataclass(frozen=True)
class Checkpoint:
    """A step, and what has to be the same for it to be resumed.

    Attributes:
        step: where the run stood.
        settings: from ``settings_of``.
        seconds: how long it had worked.
    """

    step: UniversalStep
    settings: dict[str, Any]
    seconds: float


def settings_of(universal: Universal, model: Any, x: Tensor, true: Tensor, k: int) -> dict[str, Any]:
    """Everything that decides a run, filled in, as plain JSON values; the samples by a digest of their values."""
    digest = hashlib.sha256(x.detach().cpu().contiguous().numpy().tobytes())
    digest.update(true.bool().cpu().contiguous().numpy().tobytes())
    universal = universal.prepared(model, Goal.untargeted(true, k), x[0].numel())
    inside = asdict(universal.attack)
    del inside["tau"]  # infinite for every attack inside
    settings = {
        **asdict(universal),
        "attack": universal.attack.name,
        "attack_settings": inside,
        "model": getattr(model, "name", type(model).__name__),
        "k": k,
        "samples": len(x),
        "data": digest.hexdigest(),
    }
    plain: dict[str, Any] = json.loads(json.dumps(settings, default=str))
    return plain


def save_checkpoint(file: str | Path | IO[bytes], checkpoint: Checkpoint) -> None:
    """Write a checkpoint; an interrupted write leaves the older file as it was."""
    step = checkpoint.step.cpu()
    header = {
        "schema": SCHEMA,
        "settings": checkpoint.settings,
        "seconds": checkpoint.seconds,
        "history": [asdict(row) for row in step.history],
        **{name: getattr(step, name) for name in FACTS},
    }
    memory = BytesIO()
    np.savez(memory, header=np.array(json.dumps(header)), z=step.perturbation.numpy(), best=step.best.numpy())
    if not isinstance(file, str | Path):
        file.write(memory.getvalue())
        return
    new = Path(file).with_suffix(".tmp")
    new.write_bytes(memory.getvalue())
    os.replace(new, file)


def load_checkpoint(file: str | Path | IO[bytes]) -> Checkpoint:
    """Read what ``save_checkpoint`` wrote.

    Raises:
        ValueError: no checkpoint, damaged, or written by another version.
    """
    try:
        with np.load(file, allow_pickle=False) as archive:
            header = json.loads(str(archive["header"]))
            z, best = torch.from_numpy(archive["z"]), torch.from_numpy(archive["best"])
        if header["schema"] != SCHEMA:
            raise ValueError("another version")
        step = UniversalStep(
            perturbation=z,
            best=best,
            history=tuple(PassRow(**row) for row in header["history"]),
            **{name: header[name] for name in FACTS},
        )
        return Checkpoint(step, header["settings"], header["seconds"])
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{file} is no checkpoint of a universal attack that can be read here.") from error
