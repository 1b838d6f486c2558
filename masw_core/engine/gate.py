"""Whose turn it is: one job computes at a time, in slices, so that a short run never waits for a long one to end.

Four slices of five go to the job with the least left to do, the fifth to the one that has waited longest. So equal
jobs are served in the order in which they came, a short one overtakes a long one, and every job comes to an end: with
n jobs in line, each has a slice at least every 5 n slices. A job's turn lasts until it leaves, or until its slice is
over and somebody else is to go on.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Protocol

SLICE = 1.0  # seconds that a job computes before the gate looks who is next
FAIR = 5  # of so many slices, one goes to whoever waited longest
FIRST_GUESS = 0.05  # seconds per step of a kind of job of which none was measured


class Waiting(Protocol):
    """What the gate asks of a job."""

    kind: str

    @property
    def steps_left(self) -> int: ...

    @property
    def gives_up(self) -> bool:
        """It was stopped, or nobody looks at it any more."""
        ...


@dataclass(eq=False)
class _Place:
    """A job in line, and when its last slice ended (or when it came)."""

    job: Waiting
    since: float
    turn: threading.Event = field(default_factory=threading.Event)


class Gate:
    """Lets one job compute at a time.

    Args:
        slice_seconds: how long a job computes before somebody else may go on.
    """

    def __init__(self, slice_seconds: float = SLICE) -> None:
        self._slice = slice_seconds
        self._lock = threading.Lock()
        self._line: list[_Place] = []  # in the order in which they came
        self._now: _Place | None = None
        self._began = 0.0  # of the slice
        self._slices = 0
        self._pace: dict[str, float] = {}

    def join(self, job: Waiting) -> None:
        """Stand in line."""
        with self._lock:
            self._line.append(_Place(job, time.monotonic()))
            if self._now is None:
                self._next()

    def leave(self, job: Waiting) -> None:
        """Go, whether or not it was the job's turn."""
        with self._lock:
            place = self._place(job)
            if place is None:
                return
            self._line.remove(place)
            if place is self._now:
                self._next()

    def wait(self, job: Waiting, look: float = 0.5) -> bool:
        """Before each step: wait until the job may compute it; False if the job gives up first.

        Args:
            look: how often a waiting job looks whether it gives up, in seconds.
        """
        place = self._passed_on(job)
        if place is None:
            return False
        while self._now is not place and not job.gives_up:
            place.turn.wait(look)
        return not job.gives_up

    def wake(self, job: Waiting) -> None:
        """Let a waiting job look at once whether it gives up."""
        with self._lock:
            if (place := self._place(job)) is not None:
                place.turn.set()

    def measured(self, kind: str, seconds: float) -> None:
        """A step of a job of this kind took so long."""
        with self._lock:
            self._pace[kind] = 0.9 * self._pace.get(kind, seconds) + 0.1 * seconds

    def __len__(self) -> int:
        """How many jobs compute or wait."""
        return len(self._line)

    def ahead(self, job: Waiting) -> int:
        """How many jobs will have ended before this one, as it looks now; 0 for one that is not in line."""
        with self._lock:
            return len(self._before(job))

    def seconds(self, job: Waiting) -> float:
        """About how long until this job has ended: its own steps, and those of the jobs ahead."""
        with self._lock:
            before = self._before(job)
            work = sum(self._left(other) for other in (*before, job))
            return work * (FAIR / (FAIR - 1) if len(self._line) > len(before) + 1 else 1)

    def _passed_on(self, job: Waiting) -> _Place | None:
        """The job's place, after it has passed its turn on if its slice is over."""
        with self._lock:
            place = self._place(job)
            if place is not None and place is self._now and time.monotonic() - self._began >= self._slice:
                self._next()
            return place

    def _place(self, job: Waiting) -> _Place | None:
        return next((place for place in self._line if place.job is job), None)

    def _left(self, job: Waiting) -> float:
        return max(job.steps_left, 1) * self._pace.get(job.kind, FIRST_GUESS)

    def _before(self, job: Waiting) -> list[Waiting]:
        jobs = [place.job for place in self._line]
        if job not in jobs:
            return []
        ranked = sorted(jobs, key=self._left)  # stable: of equals, the earlier one
        return ranked[: ranked.index(job)]

    def _next(self) -> None:
        """Give the next slice; the lock is held."""
        now = time.monotonic()
        if self._now is not None:
            self._now.turn.clear()
            self._now.since = now
        self._slices += 1
        if not self._line:
            self._now = None
        elif self._slices % FAIR == 0:
            self._now = min(self._line, key=lambda place: place.since)
        else:
            self._now = min(self._line, key=lambda place: self._left(place.job))
        if self._now is not None:
            self._began = now
            self._now.turn.set()
