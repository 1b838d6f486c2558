"""A universal attack in a folder: the checkpoint while it goes on, the files at its end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from masw_core.data.images import to_png
from masw_core.task import metrics
from masw_core.universal.checkpoint import Checkpoint, load_checkpoint, save_checkpoint, settings_of
from masw_core.universal.config import Universal
from masw_core.universal.driver import iterate_universal
from masw_core.universal.result import history_csv
from masw_core.universal.step import UniversalStep
from masw_core.universal.verdict import judge

import numpy as np
from torch import Tensor


def amplified(z: Tensor) -> Tensor:
    """z as an image in [-1, 1]: grey is zero, the strongest value (of all but the top 0.5 %) is full."""
    strong = float(np.quantile(z.abs().cpu().numpy(), 0.995)) or 1.0
    return (z / strong).clamp(-1, 1)


@dataclass(frozen=True)
class Finished:
    """A run that has ended, and the folder it belongs to."""

    checkpoint: Checkpoint
    model: Any
    k: int
    folder: Path

    def save(self, x: Tensor, true: Tensor, **facts: Any) -> dict[str, Any]:
        """Judge the perturbation on held-out samples and write all files; returns what result.json says."""
        step, settings = self.checkpoint.step, self.checkpoint.settings
        z = step.best.cpu()
        training, verdict = step.history[step.best_pass], judge(self.model, z, x, true, self.k)
        said = {
            "attack": settings["attack"],
            "model": settings["model"],
            **facts,
            "k": self.k,
            "samples": step.samples,
            "held_out_samples": len(x),
            "training": {name: getattr(training, name) for name in ("asr", "sasr", "lfr")},
            "held_out": asdict(verdict.held_out),
            "noise": asdict(verdict.noise),
            "norm": float(z.norm()),
            "pert_eq27": float(metrics.pert_eq27(z[None])[0]),
            "pert_table": float(metrics.pert_table(x, (x + z).clamp(-1, 1)).mean()),
            "best_pass": step.best_pass,
            "passes": step.number,
            "ended": step.ended,
            "forwards": step.forwards,
            "backwards": step.backwards,
            "seconds": self.checkpoint.seconds,
            "config": settings,
        }
        np.save(self.folder / "perturbation.npy", z.numpy())
        (self.folder / "perturbation.png").write_bytes(to_png(amplified(z)))
        (self.folder / "history.csv").write_text(history_csv(step.history))
        (self.folder / "result.json").write_text(json.dumps(said, indent=2) + "\n")
        return said


@dataclass(frozen=True)
class Run:
    """A universal attack that writes a checkpoint after every batch, and goes on from the one it finds.

    Attributes:
        universal, model, x, true, k: as for ``iterate_universal``.
        folder: where ``checkpoint.npz`` is, or will be.
    """

    universal: Universal
    model: Any
    x: Tensor
    true: Tensor
    k: int
    folder: Path

    def finish(self, on_step: Callable[[UniversalStep], None] | None = None) -> Finished:
        """Run to the end, from the checkpoint if there is one.

        Raises:
            ValueError: the folder's checkpoint belongs to a run with other settings.
        """
        file = self.folder / "checkpoint.npz"
        settings = settings_of(self.universal, self.model, self.x, self.true, self.k)
        last = self._resumable(file, settings)
        before, started = (0.0 if last is None else last.seconds), time.perf_counter()
        resume = None if last is None else last.step
        for step in iterate_universal(self.universal, self.model, self.x, self.true, self.k, resume):
            last = Checkpoint(step, settings, before + time.perf_counter() - started)
            save_checkpoint(file, last)
            if on_step is not None:
                on_step(step)
        assert last is not None
        return Finished(last, self.model, self.k, self.folder)

    def _resumable(self, file: Path, settings: dict[str, Any]) -> Checkpoint | None:
        if not file.exists():
            return None
        found = load_checkpoint(file)
        if found.settings != settings:
            other = sorted(name for name in settings if found.settings.get(name) != settings[name])
            raise ValueError(
                f"{self.folder} holds a run with other settings ({', '.join(other)}): choose another folder."
            )
        return found
