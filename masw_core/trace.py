"""The replayable record of one sample's run: numbers at every step, perturbations at some, and a JSON header.

Small arrays are kept for every step; perturbations as 8-bit integers at no more than 64 evenly spaced steps, and
exactly (float32) at the first success, the best and the last step. Inputs of a few numbers (the 2-D problems) are
kept exactly at every step. Files are NPZ without pickles and carry a schema version and the full configuration.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from masw_core.steps import BRANCHES, Step
from masw_core.weighting import ROSE

import numpy as np

SCHEMA = 1
KEPT = 64  # perturbations kept along a run
SMALL = 4096  # inputs up to this size are kept exactly at every step

Array = np.ndarray[Any, Any]
BY_LABEL = ("scores", "constraints", "slack", "weights")
NUMBERS = ("epsilon", "lagrangian", "branch", "gradient_norm", "norm", "success", "failure")
PER_STEP = BY_LABEL + NUMBERS
PICTURES = ("image", "stored", "perturbations", "scales", "exact_steps", "exact")


class TraceError(ValueError):
    """A trace file cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Trace:
    """One sample's run; ``n`` steps, ``m`` constraints, ``C`` labels.

    Attributes:
        header: JSON-able facts: schema, attack, config, model, labels, k, case, true, target, keep, space,
            family and label of the m constraints, shape, complete, and what the caller added.
        scores: (n, C) logits. constraints, slack, weights: (n, m). epsilon, lagrangian, gradient_norm, norm,
            failure: (n,). branch: (n,) codes into ``BRANCHES``. success: (n,) bool.
        image: the clean input.
        stored, perturbations, scales: steps, int8 values and scale of the perturbations kept along the way.
        exact_steps, exact: steps and float32 perturbations that are kept exactly.
    """

    header: dict[str, Any]
    scores: Array
    constraints: Array
    slack: Array
    weights: Array
    epsilon: Array
    lagrangian: Array
    branch: Array
    gradient_norm: Array
    norm: Array
    success: Array
    failure: Array
    image: Array
    stored: Array
    perturbations: Array
    scales: Array
    exact_steps: Array
    exact: Array

    def __len__(self) -> int:
        return len(self.scores)

    @cached_property
    def probabilities(self) -> Array:
        """(n, C) sigmoid of the scores."""
        return 1 / (1 + np.exp(-np.clip(self.scores, -60, 60)))

    @property
    def first_success(self) -> int | None:
        steps = np.flatnonzero(self.success)
        return int(steps[0]) if len(steps) else None

    @cached_property
    def best_step(self) -> int:
        """The success with the smallest norm, else the earliest step with the lowest failure degree."""
        return int(np.argmin(_rank_key(self.success, self.norm, self.failure)))

    @property
    def epsilon_events(self) -> list[int]:
        """Steps at which the Lagrangian did not drop and epsilon was averaged (line 6 of Algorithm 1)."""
        return [int(step) for step in np.flatnonzero(self.branch == ROSE)]

    @cached_property
    def _measures(self) -> dict[str, Array]:
        from masw_core import measures

        import torch

        goal, scores = self.goal(), torch.as_tensor(self.scores)
        clean = scores[:1].expand_as(scores)
        return {name: value.numpy() for name, value in measures.of_goal(goal, scores, clean).items()}

    def measures(self) -> dict[str, Array]:
        """``lc, slc, lf, slf, ac, soft_ac``, each (n,); see ``measures.of_goal``."""
        return self._measures

    def goal(self) -> Any:
        """The goal of the run, repeated for every step."""
        from masw_core.goals import Goal

        import torch

        def mask(indices: list[int]) -> torch.Tensor:
            row = torch.zeros(len(self.header["labels"]), dtype=torch.bool)
            row[indices] = True
            return row.expand(len(self), -1)

        true, k = mask(self.header["true"]), self.header["k"]
        if self.header["target"] is None:
            return Goal.untargeted(true, k)
        return Goal.targeted(true, mask(self.header["target"]), k, case=self.header["case"])

    def perturbation_at(self, step: int) -> tuple[Array, int]:
        """The perturbation kept at ``step``, or at the nearest kept step before it, and that step's number."""
        exact = np.flatnonzero(self.exact_steps <= step)
        near = np.flatnonzero(self.stored <= step)
        if len(exact) and (not len(near) or self.exact_steps[exact[-1]] >= self.stored[near[-1]]):
            return self.exact[exact[-1]], int(self.exact_steps[exact[-1]])
        kept = near[-1]
        return self.perturbations[kept].astype(np.float32) * self.scales[kept], int(self.stored[kept])

    def __getitem__(self, steps: slice) -> Trace:
        """The run cut to a range of steps that starts at 0, as if it had been stopped there."""
        start, end, stride = steps.indices(len(self))
        if start != 0 or stride != 1 or end < 1:
            raise ValueError("A trace can only be cut to its first steps, such as trace[:50].")
        numbers = {name: getattr(self, name)[:end] for name in PER_STEP}
        near, exact = self.stored < end, self.exact_steps < end
        return Trace(
            header={**self.header, "complete": False},
            image=self.image,
            stored=self.stored[near],
            perturbations=self.perturbations[near],
            scales=self.scales[near],
            exact_steps=self.exact_steps[exact],
            exact=self.exact[exact],
            **numbers,
        )

    def save(self, file: str | Path | IO[bytes]) -> None:
        """Write an NPZ file with the arrays and the header as JSON text."""
        arrays = {name: getattr(self, name) for name in PER_STEP + PICTURES}
        np.savez_compressed(file, header=np.array(json.dumps(self.header)), **arrays)

    @classmethod
    def load(cls, file: str | Path | IO[bytes]) -> Trace:
        """Read what :meth:`save` wrote; never executes anything from the file.

        Raises:
            TraceError: no trace file, damaged, or written by a newer version.
        """
        try:
            with np.load(file, allow_pickle=False) as archive:
                header = json.loads(str(archive["header"]))
                arrays = {name: archive[name] for name in PER_STEP + PICTURES}
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise TraceError("This is no trace file of MASW Explorer: choose a trace.npz that it wrote.") from error
        if not isinstance(header, dict) or header.get("schema") != SCHEMA:
            raise TraceError("This trace was written by another version: run the attack again to get a new one.")
        return cls(header=header, **arrays)

    def to_csv(self) -> str:
        """One row per step: schedule, measures, then probability per label, slack and weight per constraint."""
        names = self.header["labels"]
        columns: dict[str, Array] = {"step": np.arange(len(self)), "epsilon": self.epsilon}
        columns |= {"lagrangian": self.lagrangian, "branch": np.array(BRANCHES)[self.branch]}
        columns |= {"norm": self.norm, "success": self.success.astype(int), **self.measures()}
        columns |= {f"p({name})": self.probabilities[:, j] for j, name in enumerate(names)}
        for column, (family, label) in enumerate(zip(self.header["family"], self.header["label"], strict=True)):
            columns[f"slack({family} {names[label]})"] = self.slack[:, column]
            columns[f"weight({family} {names[label]})"] = self.weights[:, column]
        rows = zip(*(column.tolist() for column in columns.values()), strict=True)
        lines = [",".join(columns), *(",".join(_cell(value) for value in row) for row in rows)]
        return "\n".join(lines) + "\n"


class TraceRecorder:
    """Collects one sample's steps. ``append`` and ``snapshot`` may be called from different threads.

    Args:
        header: from :func:`trace_header`.
        image: the clean input.
        steps: how many updates the run may take (sets the spacing of kept perturbations).
    """

    def __init__(self, header: dict[str, Any], image: Array, steps: int) -> None:
        self.header = header
        self.image = np.asarray(image, dtype=np.float32)
        self.every = 1 if self.image.size <= SMALL else -(-(steps + 1) // KEPT)
        self.columns: Array | None = None
        self.rows: list[dict[str, Any]] = []
        self.kept: list[tuple[int, Array, float]] = []
        self.exact: dict[str, tuple[int, Array]] = {}
        self.best_key = np.inf

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
            self.kept.append((index, np.round(z / scale).astype(np.int8), scale))
        self.exact["last"] = (index, z)
        if entry["success"] and "first" not in self.exact:
            self.exact["first"] = (index, z)
        key = float(_rank_key(entry["success"], entry["norm"], entry["failure"]))
        if key < self.best_key:
            self.best_key, self.exact["best"] = key, (index, z)

    def snapshot(self, complete: bool = False) -> Trace:
        """The steps so far as a trace."""
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
            stored=np.array([entry[0] for entry in kept], dtype=np.int32),
            perturbations=np.array([entry[1] for entry in kept], dtype=np.int8).reshape(-1, *shape),
            scales=np.array([entry[2] for entry in kept], dtype=np.float32),
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
        "config": asdict(attack),
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


def _rank_key(success: Any, norm: Any, failure: Any) -> Any:
    """The order of ``best.rank_key`` in numpy."""
    return np.where(success, norm / (1 + np.asarray(norm)) - 2, failure)


def _cell(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
