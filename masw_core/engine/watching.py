"""Several people, one computation: equal orders share a job, and each of them watches it as if it were their own.

The first to order starts the job, the next ones see what there is of it at once. Who presses Stop while others watch
leaves the job to them, with what there was of it until then; when a job rests, each lets it go on alone. A job is
remembered as long as somebody holds it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary, WeakSet, WeakValueDictionary

from masw_core.engine.jobs import ACTIVE, Job

Record = TypeVar("Record")
_TURNING = threading.Lock()  # held while somebody begins to watch, turns away or lets a job go on


@dataclass(frozen=True)
class _View(Generic[Record]):
    """A job as it was when somebody turned away from it."""

    state: str
    done_steps: int
    seconds: float
    progress: float
    record: Record | None


class Watch(Generic[Record]):
    """One person's view of a job; what a page asks of a job, it asks of this.

    Args:
        job: it.
        watches: of the same job, of all people.
        present: tells whether the person is still there, also when nothing has been heard from them for a while.
    """

    def __init__(self, job: Job[Record], watches: WeakSet[Watch[Any]], present: Callable[[], bool]) -> None:
        self.job = job
        self._watches, self._present = watches, present
        self._left: _View[Record] | None = None
        self.touch()
        with _TURNING:
            self._watches.add(self)

    @property
    def state(self) -> str:
        """The job's, or ``"stopped"`` or ``"paused"`` for whoever left it there."""
        with _TURNING:
            self._rest()
        return self.job.state if self._left is None else self._left.state

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def error(self) -> str | None:
        return self.job.error

    @property
    def total(self) -> int:
        return self.job.total

    @property
    def done_steps(self) -> int:
        return self.job.done_steps if self._left is None else self._left.done_steps

    @property
    def seconds(self) -> float:
        return self.job.seconds if self._left is None else self._left.seconds

    @property
    def progress(self) -> float:
        return self.job.progress if self._left is None else self._left.progress

    @property
    def ahead(self) -> int:
        return self.job.ahead

    @property
    def in_line(self) -> int:
        return self.job.in_line

    @property
    def seconds_left(self) -> float:
        return self.job.seconds_left

    @property
    def watchers(self) -> int:
        """How many people look at the job, this one included."""
        return looking(self._watches)

    def trace(self) -> Record | None:
        """What was recorded, see ``Job.trace``."""
        return self.job.trace() if self._left is None else self._left.record

    def touch(self) -> None:
        """Say that this person still looks."""
        self._seen = time.monotonic()
        if self._left is None:
            self.job.touch()

    def stop(self) -> None:
        """Stop the job, or only leave it where others watch it too."""
        if not self.active:
            return
        if self.watchers > 1:
            self._leave("stopped")
        else:
            self.job.stop()

    def go_on(self) -> None:
        """Let a run that rests go on, or join those who have let it; for all others it goes on resting."""
        with _TURNING:
            for watch in self._watches:
                watch._rest()
            self._left = None
            self.touch()
            self.job.go_on()

    def join(self, timeout: float | None = None) -> None:
        """Wait until the job's thread has ended."""
        self.job.join(timeout)

    @property
    def _looks(self) -> bool:
        recently = time.monotonic() - self._seen <= self.job.patience
        return self._left is None and (recently or self._present())

    def _rest(self) -> None:
        """A job that rests has come to rest for this person, whatever others do with it next."""
        if self._left is None and self.job.state == "paused":
            self._leave("paused")

    def _leave(self, state: str) -> None:
        job = self.job
        self._left = _View(state, job.done_steps, job.seconds, job.progress, job.trace())


def looking(watches: WeakSet[Watch[Any]]) -> int:
    """How many people look at their job."""
    with _TURNING:
        everybody = list(watches)
    return sum(watch._looks for watch in everybody)


class SharedJobs:
    """The jobs that are going or that somebody still holds, by what they were ordered with."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: WeakValueDictionary[Hashable, Job[Any]] = WeakValueDictionary()
        self._watches: WeakKeyDictionary[Job[Any], WeakSet[Watch[Any]]] = WeakKeyDictionary()

    def watch(
        self, order: Hashable, make: Callable[[], Job[Record]], present: Callable[[], bool] = lambda: False
    ) -> Watch[Record]:
        """Watch the job of an order.

        Args:
            order: everything that the run is made of; equal orders give the same run.
            make: makes the job, which is then started; not called where there is one already.
            present: tells whether the person is still there, in any thread; without it, only ``touch`` does.
        """
        with self._lock:
            job = self._jobs.get(order)
            if job is None or not _as_ordered(job):
                self._jobs[order] = job = make()
                watches = self._watches[job] = WeakSet()
                job.ask_before_leaving(lambda: looking(watches) > 0)
                job.start()
            return Watch(job, self._watches[job], present)


def _as_ordered(job: Job[Any]) -> bool:
    """Whether somebody who orders it now gets what the order says: it was neither ended early nor gone on with."""
    return not (job.stop_requested or job.went_on or job.state in ("failed", "abandoned"))
