"""Where the attacks of a comparison stand: when each reached the goal, how far it went, what it cost, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from masw_core.task import metrics
from masw_core.trace.trace import Array, Trace

import numpy as np
import torch


@dataclass(frozen=True)
class Standing:
    """One attack's run in numbers, read at its first success, or at its best step where it has none.

    Attributes:
        method: as ``Method`` has it.
        step: where it is read.
        success: whether the goal is reached there.
        norm: L2 norm of the perturbation there.
        failure: failure degree there, 0 to 2 (Eqs. 7 and 12).
        flipped, true: how many of the true labels are below the threshold there, of how many.
        top: the k highest labels there, highest first.
        fluctuation: how much of the squared violation's movement went upwards, 0 to 1, over the whole run.
    """

    method: str
    step: int
    success: bool
    norm: float
    failure: float
    flipped: int
    true: int
    top: tuple[str, ...]
    fluctuation: float


def violation(trace: Trace) -> Array:
    """(n,) half the squared violation of the goal's constraints at every step, in logits: the same for all attacks."""
    constraints = trace.goal().constraints(torch.as_tensor(trace.scores))
    return ((constraints.values.clamp_max(0).square() * constraints.mask).sum(1) / 2).numpy()


def standings(traces: Mapping[str, Trace]) -> list[Standing]:
    """One per method of a ``ComparisonRecorder``, in their order."""
    return [_standing(method, trace) for method, trace in traces.items()]


def _standing(method: str, trace: Trace) -> Standing:
    first = trace.first_success
    step = trace.best_step if first is None else first
    true, scores = trace.header["true"], trace.scores[step]
    order = np.argsort(-scores, kind="stable")[: trace.header["k"]]
    curve = torch.as_tensor(violation(trace))[None]
    return Standing(
        method=method,
        step=step,
        success=first is not None,
        norm=float(trace.norm[step]),
        failure=float(trace.failure[step]),
        flipped=int((scores[true] < 0).sum()),
        true=len(true),
        top=tuple(trace.header["labels"][label] for label in order),
        fluctuation=float(metrics.fluctuation(curve)[0]),
    )


def verdict(rows: Sequence[Standing], names: Mapping[str, str]) -> str:
    """What a comparison says, in two or three sentences.

    Args:
        rows: from ``standings``.
        names: what people call the methods.
    """
    won = [row for row in rows if row.success]
    lost = [names[row.method] for row in rows if not row.success]
    if not won:
        nearest = min(rows, key=lambda row: row.failure)
        return f"None of them reaches the goal; {names[nearest.method]} comes nearest."
    said = [f"{_listed([names[row.method] for row in won])} {'reach' if len(won) > 1 else 'reaches'} the goal"]
    said[0] += f", {_listed(lost)} {'do' if len(lost) > 1 else 'does'} not." if lost else "."
    if len(won) > 1:
        first, step = _least(won, lambda row: row.step, names)
        shortest, norm = _least(won, lambda row: round(row.norm, 2), names)
        said.append(f"First there: {first}, at step {step:.0f}. Smallest perturbation: {shortest}, norm {norm:.2f}.")
    return " ".join(said)


def _least(rows: Sequence[Standing], of: Callable[[Standing], float], names: Mapping[str, str]) -> tuple[str, float]:
    least = min(of(row) for row in rows)
    return _listed([names[row.method] for row in rows if of(row) == least]), least


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
