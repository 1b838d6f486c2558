"""A universal attack on disk: an NPZ file with z, the best z and a JSON header; nothing in it is ever executed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from masw_core.task.goals import Goal
from masw_core.trace.archive import ArchiveError, read_arrays, read_bytes, read_json
from masw_core.trace.whole import write_to
from masw_core.universal.config import Universal
from masw_core.universal.step import PassRow, UniversalStep

import numpy as np
import torch
from torch import Tensor

SCHEMA = 1
FACTS = ("number", "seen", "skipped", "samples", "forwards", "backwards", "ended")
ENDINGS = (None, "passes", "patience", "rate")


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
    arrays = {"header": np.array(json.dumps(header)), "z": step.perturbation.numpy(), "best": step.best.numpy()}
    write_to(file, lambda opened: np.savez(opened, **arrays))  # type: ignore[arg-type]


def load_checkpoint(file: str | Path | IO[bytes]) -> Checkpoint:
    """Read what ``save_checkpoint`` wrote.

    Raises:
        ValueError: no checkpoint, damaged, too large, or written by another version.
    """
    try:
        arrays = read_arrays(read_bytes(file), ("header", "z", "best"))
        header = read_json(str(arrays["header"]))
        if not isinstance(header, dict) or header.get("schema") != SCHEMA:
            raise ArchiveError("it was written by another version")
        step = UniversalStep(
            perturbation=torch.from_numpy(arrays["z"]),
            best=torch.from_numpy(arrays["best"]),
            history=tuple(PassRow(**row) for row in header["history"]),
            **{name: header[name] for name in FACTS},
        )
        _check(step, header)
    except (ArchiveError, KeyError, TypeError) as error:
        why = f" ({error})" if isinstance(error, ArchiveError) else ""
        raise ValueError(
            f"{file} is no checkpoint of a universal attack that can be read here{why}: delete it, or choose another "
            "folder."
        ) from error
    return Checkpoint(step, header["settings"], float(header["seconds"]))


def _check(step: UniversalStep, header: dict[str, Any]) -> None:
    """Raise ``ArchiveError`` unless everything is of the kind that a run goes on from."""
    z, best = step.perturbation, step.best
    fits = z.is_floating_point() and z.dtype == best.dtype and z.shape == best.shape and z.numel() > 0
    fits = fits and bool(z.isfinite().all() and best.isfinite().all())
    counts = [getattr(step, name) for name in FACTS[:-1]]
    counts += [count for row in step.history for count in (row.number, row.forwards, row.backwards)]
    rates = [value for row in step.history for value in (*row.key, row.norm, row.skipped)]
    fits = fits and all(type(count) is int and 0 <= count < 2**63 for count in counts)
    fits = fits and all(isinstance(rate, int | float) and 0 <= rate < 1e300 for rate in (*rates, header["seconds"]))
    fits = fits and [row.number for row in step.history] == list(range(len(step.history))) and bool(step.history)
    fits = fits and step.ended in ENDINGS and isinstance(header["settings"], dict)
    if not fits:
        raise ArchiveError("it contradicts itself")
