"""Collects the steps of a universal attack while it goes on; a job's recorder (see ``jobs``)."""

from __future__ import annotations

from dataclasses import dataclass

from masw_core.universal.step import PassRow, UniversalStep


@dataclass(frozen=True)
class BatchRow:
    """What is remembered of a batch: its pass, the samples seen in it, the share fooled already, the norm of z."""

    number: int
    seen: int
    skipped_share: float
    norm: float


@dataclass(frozen=True)
class UniversalRecord:
    """A run so far.

    Attributes:
        step: the last step.
        batches: a row per batch, the first for z = 0.
        complete: whether the run came to its end.
    """

    step: UniversalStep
    batches: tuple[BatchRow, ...]
    complete: bool

    @property
    def history(self) -> tuple[PassRow, ...]:
        return self.step.history


class UniversalRecorder:
    """``take`` and ``snapshot`` may be called from different threads.

    Args:
        before: the batches of the run that is continued.
    """

    def __init__(self, before: tuple[BatchRow, ...] = ()) -> None:
        self._step: UniversalStep | None = None
        self._batches = list(before)

    def take(self, step: UniversalStep) -> None:
        self._batches.append(BatchRow(step.number, step.seen, step.skipped_share, step.norm))
        self._step = step

    def snapshot(self, complete: bool = False) -> UniversalRecord:
        step = self._step
        if step is None:
            raise ValueError("Nothing has been recorded yet: wait for the first step.")
        return UniversalRecord(step, tuple(self._batches), complete)
