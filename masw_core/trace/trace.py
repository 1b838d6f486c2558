"""The replayable record of one sample's run: numbers at every step, perturbations at some, and a JSON header.
Recording lives in ``recorder``.

Small arrays are kept for every step; perturbations as 8-bit integers at no more than 64 evenly spaced steps, and
exactly (float32) at the first success, the best and the last step. Inputs of a few numbers (the 2-D problems) are
kept exactly at every step. Files are NPZ without pickles and carry a schema version and the full configuration.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from masw_core.trace.archive import ArchiveError, read_arrays, read_bytes, read_json
from masw_core.trace.checked import check_arrays, check_header
from masw_core.trace.ranking import rank_key
from masw_core.trace.whole import write_to
from masw_core.weighting.branches import BRANCHES, ROSE

import numpy as np

SCHEMA = 1

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
        return int(np.argmin(rank_key(self.success, self.norm, self.failure, np.where)))

    @property
    def epsilon_events(self) -> list[int]:
        """Steps at which the Lagrangian did not drop and epsilon was averaged (line 6 of Algorithm 1)."""
        return [int(step) for step in np.flatnonzero(self.branch == ROSE)]

    @cached_property
    def _measures(self) -> dict[str, Array]:
        from masw_core.task import measures

        import torch

        goal, scores = self.goal(), torch.as_tensor(self.scores, device="cpu")
        clean = scores[:1].expand_as(scores)
        return {name: value.numpy() for name, value in measures.of_goal(goal, scores, clean).items()}

    def measures(self) -> dict[str, Array]:
        """``lc, slc, lf, slf, ac, soft_ac``, each (n,); see ``measures.of_goal``."""
        return self._measures

    def goal(self) -> Any:
        """The goal of the run, repeated for every step, on the CPU."""
        from masw_core.task.goals import Goal

        import torch

        def mask(indices: list[int]) -> torch.Tensor:
            row = torch.zeros(len(self.header["labels"]), dtype=torch.bool, device="cpu")
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
        """Write an NPZ file with the arrays and the header as JSON text; a name without ``.npz`` gets it."""
        if isinstance(file, str | Path) and not str(file).endswith(".npz"):
            file = f"{file}.npz"
        arrays = {name: getattr(self, name) for name in PER_STEP + PICTURES}
        header = np.array(json.dumps(self.header))
        write_to(file, lambda opened: np.savez_compressed(opened, header=header, **arrays))

    @classmethod
    def load(cls, file: str | Path | IO[bytes]) -> Trace:
        """Read what ``save`` wrote; never executes anything from the file.

        Raises:
            TraceError: no trace file, damaged, too large, contradicting itself, or written by another version.
        """
        try:
            arrays = read_arrays(read_bytes(file), ("header", *PER_STEP, *PICTURES))
            header = read_json(str(arrays.pop("header")))
        except ArchiveError as error:
            sentence = f"This is no trace file of MASW Explorer ({error}): choose a trace.npz that it wrote."
            raise TraceError(sentence) from error
        if not isinstance(header, dict) or header.get("schema") != SCHEMA:
            raise TraceError("This trace was written by another version: run the attack again to get a new one.")
        try:
            check_header(header)
            check_arrays(header, arrays)
            trace = cls(header=header, **arrays)
            trace.goal()
        except ValueError as error:
            reason = str(error).rstrip(".")
            raise TraceError(f"This trace contradicts itself ({reason}): choose another file.") from error
        return trace

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


def _cell(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
