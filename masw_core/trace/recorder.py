"""Collects the steps of one sample into a trace, while a run goes on; the file format lives in ``trace``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from masw_core.trace.ranking import rank_key
from masw_core.trace.step import Step
from masw_core.trace.trace import PER_STEP, SCHEMA, Array, Trace, TraceError

import numpy as np

KEPT = 64  # perturbations kept along a run
FIRST = 8  # of them that have room at first; whenever there is none, the room doubles
SMALL = 4096  # inputs up to this size are kept exactly at every step


class TraceRecorder:
    """Collects one sample's steps. ``append`` and ``snapshot`` may be called from different threads.

    Args:
        header: from ``trace_header``.
        image: the clean input.
        steps: how many updates the run may take (sets the spacing of kept perturbations).
    """

    def __init__(self, header: dict[str, Any], image: Array, steps: int) -> None:
        self.header = header
        self.image = np.asarray(image, dtype=np.float32)
        self.every = 1 if self.image.size <= SMALL else -(-(steps + 1) // KEPT)
        self.columns: Array | None = None
        self.rows: list[dict[str, Any]] = []
        self.kept: list[tuple[int, float]] = []  # step and scale of each picture
        self.pictures = np.empty((FIRST, *self.image.shape), np.int8)
        self.exact: dict[str, tuple[int, Array]] = {}
        self.best_key = np.inf

    def take(self, step: Step) -> None:
        """Add a step of a batch of one."""
        self.append(step, 0)

    def append(self, step: Step, row: int) -> None:
        """Add row ``row`` of a step (tensors on the CPU)."""
        if self.columns is None:
            self.columns = np.flatnonzero(step.mask[row].numpy())
            self.header["family"] = [step.family[column] for column in self.columns]
            self.header["label"] = [int(step.label[column]) for column in self.columns]
        entry: dict[str, Any] = {"scores": step.scores[row].numpy()}
        for name in ("constraints", "slack", "weights"):
            entry[name] = getattr(step, name)[row].numpy()[self.columns]
        for name in ("epsilon", "lagrangian", "gradient_norm", "failure", "branch", "success"):
            entry[name] = getattr(step, name)[row].item()
        z = step.perturbation[row].numpy().astype(np.float32)
        entry["norm"] = float(np.linalg.norm(z))
        self._keep_picture(step.index, z, entry)
        self.rows.append(entry)

    def _keep_picture(self, index: int, z: Array, entry: Mapping[str, Any]) -> None:
        if self.image.size <= SMALL:
            self.exact[str(index)] = (index, z)
            return
        if index % self.every == 0:
            scale = float(np.abs(z).max()) / 127 or 1.0
            self._room_for_one()[len(self.kept)] = np.round(z / scale)
            self.kept.append((index, scale))
        self.exact["last"] = (index, z)
        if entry["success"] and "first" not in self.exact:
            self.exact["first"] = (index, z)
        key = float(rank_key(entry["success"], entry["norm"], entry["failure"], np.where))
        if key < self.best_key:
            self.best_key, self.exact["best"] = key, (index, z)

    def _room_for_one(self) -> Array:
        """The pictures, with room for one more; snapshots keep what they share."""
        if len(self.kept) == len(self.pictures):
            larger = np.empty((2 * len(self.pictures), *self.image.shape), np.int8)
            larger[: len(self.pictures)] = self.pictures
            self.pictures = larger
        return self.pictures

    def snapshot(self, complete: bool = False) -> Trace:
        """The steps so far as a trace. Its ``perturbations`` are the recorder's own memory, which only grows."""
        rows = self.rows[:]
        if not rows:
            raise TraceError("Nothing has been recorded yet: wait for the first step.")
        count = len(rows)
        exact = sorted(dict(pair for pair in list(self.exact.values()) if pair[0] < count).items())
        kept = [entry for entry in self.kept[:] if entry[0] < count]
        stacked = {name: np.array([row[name] for row in rows]) for name in PER_STEP}
        stacked = {name: _narrow(name, value) for name, value in stacked.items()}
        shape = self.image.shape
        return Trace(
            header={**self.header, "complete": complete},
            image=self.image,
            stored=np.array([step for step, _ in kept], dtype=np.int32),
            perturbations=self.pictures[: len(kept)],
            scales=np.array([scale for _, scale in kept], dtype=np.float32),
            exact_steps=np.array([step for step, _ in exact], dtype=np.int32),
            exact=np.array([z for _, z in exact], dtype=np.float32).reshape(-1, *shape),
            **stacked,
        )


def trace_header(attack: Any, model: Any, goal: Any, row: int, **facts: Any) -> dict[str, Any]:
    """The header of sample ``row``: what was run, on what, with every setting; ``facts`` are added as they are."""

    def indices(mask: Any) -> list[int] | None:
        return None if mask is None else [int(index) for index in mask[row].nonzero().flatten().tolist()]

    classes = goal.true.shape[1]
    return {
        "schema": SCHEMA,
        "attack": attack.name,
        "config": attack.config(),
        "space": attack.reported_space,
        "model": getattr(model, "name", type(model).__name__),
        "labels": list(getattr(model, "labels", None) or [str(label) for label in range(classes)]),
        "k": goal.k,
        "case": goal.case,
        "true": indices(goal.true),
        "target": indices(goal.target),
        "keep": indices(goal.keep),
        **facts,
    }


def _narrow(name: str, values: Array) -> Array:
    if name == "success":
        return values.astype(bool)
    return values.astype(np.int8 if name == "branch" else np.float32)
