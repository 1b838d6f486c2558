"""A finished universal attack with a few scenes to show it on, in one small file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from masw_core.universal.recorder import BatchRow
    from masw_core.universal.step import PassRow
    from masw_core.universal.verdict import Verdict

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Showcase:
    """What there is to show.

    Attributes:
        about: one sentence: what was run, on what.
        labels: C label names.
        passes, training: the cap on passes and the number of training samples.
        history, batches: as recorded.
        best_pass: whose z this is.
        z: (3, H, W), stored with 8 bits per value.
        scenes: (n, 3, H, W) in [-1, 1], the held-out scenes shown.
        verdict: rates over all held-out samples, rows for the n shown.
    """

    about: str
    labels: tuple[str, ...]
    passes: int
    training: int
    history: tuple[PassRow, ...]
    batches: tuple[BatchRow, ...]
    best_pass: int
    z: Array
    scenes: Array
    verdict: Verdict

    def save(self, file: Path) -> None:
        scale = float(np.abs(self.z).max()) / 127 or 1.0
        verdict = self.verdict
        header = {
            "about": self.about,
            "labels": self.labels,
            "passes": self.passes,
            "training": self.training,
            "history": [asdict(row) for row in self.history],
            "batches": [asdict(row) for row in self.batches],
            "best_pass": self.best_pass,
            "scale": scale,
            "samples": verdict.samples,
            "held_out": asdict(verdict.held_out),
            "noise": asdict(verdict.noise),
        }
        np.savez_compressed(
            file,
            header=np.array(json.dumps(header)),
            z=np.round(self.z / scale).astype(np.int8),
            scenes=np.round((self.scenes + 1) * 127.5).astype(np.uint8),
            **{name: getattr(verdict, name) for name in ("true", "before", "after", "fooled")},
        )

    @classmethod
    def load(cls, file: Path) -> Showcase:
        """Read what ``save`` wrote; nothing in the file is executed."""
        from masw_core.universal.recorder import BatchRow
        from masw_core.universal.step import PassRow
        from masw_core.universal.verdict import Rates, Verdict

        with np.load(file, allow_pickle=False) as archive:
            header = json.loads(str(archive["header"]))
            rows = {name: archive[name] for name in ("true", "before", "after", "fooled")}
            z = archive["z"].astype(np.float32) * np.float32(header["scale"])
            scenes = archive["scenes"].astype(np.float32) / np.float32(127.5) - 1
        return cls(
            about=header["about"],
            labels=tuple(header["labels"]),
            passes=header["passes"],
            training=header["training"],
            history=tuple(PassRow(**row) for row in header["history"]),
            batches=tuple(BatchRow(**row) for row in header["batches"]),
            best_pass=header["best_pass"],
            z=z,
            scenes=scenes,
            verdict=Verdict(header["samples"], Rates(**header["held_out"]), Rates(**header["noise"]), **rows),
        )
