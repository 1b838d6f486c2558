"""A run in the background: a thread that drains an attack into a recorder, with progress, stop, pause and heartbeat.

The interface polls and never blocks; the thread never touches the interface. One gate is shared by a process, so
that runs take turns instead of slowing each other down. Somebody has to ``touch`` a job while it waits or runs, or to
be known to be there: a job that nobody looks at any more is abandoned and leaves the gate. A run that paused, was
stopped or abandoned keeps where it stands, and ``go_on`` takes the very next step.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, Protocol, TypeVar

from masw_core.engine.gate import Gate

Record = TypeVar("Record", covariant=True)
Other = TypeVar("Other")
PATIENCE = 12.0  # seconds without a sign of life after which a job counts as abandoned; waiting pages look every two
ACTIVE = ("queued", "running")
RESTING = ("paused", "stopped", "abandoned")  # may go on
STATES = (*ACTIVE, *RESTING, "done", "failed")

log = logging.getLogger(__name__)


class Recorder(Protocol[Record]):
    """Collects the steps of a job, and says at any time what it has; both may be called from different threads."""

    def take(self, step: Any) -> None:
        """Add a step, its tensors on the CPU."""

    def snapshot(self, complete: bool = False) -> Record:
        """What there is so far, such as a ``Trace``; asked for only after the first step."""


class Job(Generic[Record]):
    """One run. Make it, ``start`` it, then poll its attributes from anywhere.

    Args:
        steps: called in the thread when it is this job's turn; gives the attack's steps.
        recorder: collects them; None for a job that has ended already.
        gate: shared by all jobs of the process.
        lock: held while a step is computed, so that others may use the same model in between.
        total: how many updates the run may make.
        patience: seconds without ``touch`` until the job counts as abandoned, see ``ask_before_leaving``.
        kind: jobs of one kind need about the same time per step.
        pause: asked after every step, whether the run rests here until somebody lets it ``go_on``; never asked again
            after that.
    """

    def __init__(
        self,
        steps: Callable[[], Iterable[Any]],
        recorder: Recorder[Record] | None,
        gate: Gate,
        lock: threading.Lock | None = None,
        total: int = 1,
        patience: float = PATIENCE,
        kind: str = "",
        pause: Callable[[Any], bool] | None = None,
    ) -> None:
        self.state = "queued"
        self.error: str | None = None
        self.went_on = False
        self.total = max(total, 1)
        self.kind = kind
        self.done_steps = 0
        self.seconds = 0.0  # of computing
        self._steps, self._gate = steps, gate
        self._recorder = recorder  # until nothing is to be recorded any more
        self._pause = pause
        self._lock = lock or threading.Lock()
        self.patience = patience
        self._anybody_there: Callable[[], bool] = lambda: False
        self._stop = threading.Event()
        self._changing = threading.Lock()
        self._iterator: Iterator[Any] | None = None
        self._final: Record | None = None
        self._begin()

    def start(self) -> Job[Record]:
        self._gate.join(self)
        self._thread.start()
        return self

    def go_on(self) -> None:
        """Stand in line again with a run that rests, and take its next step; nothing happens to any other."""
        with self._changing:
            if self.state not in RESTING:
                return
            self.join()
            self._pause, self.state, self.went_on = None, "queued", True
            self._stop.clear()
            self._begin()
        self.start()

    def stop(self) -> None:
        """Ask the job to end after the step it is computing; what it recorded stays."""
        self._stop.set()
        self._gate.wake(self)

    def touch(self) -> None:
        """Say that somebody is still watching."""
        self._seen = time.monotonic()

    def join(self, timeout: float | None = None) -> None:
        """Wait until the thread has ended."""
        self._thread.join(timeout)

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def stop_requested(self) -> bool:
        return self._stop.is_set()

    def ask_before_leaving(self, anybody_there: Callable[[], bool]) -> None:
        """What tells whether somebody is there although nobody has touched the job; asked in its thread."""
        self._anybody_there = anybody_there

    @property
    def is_lonely(self) -> bool:
        return time.monotonic() - self._seen > self.patience and not self._anybody_there()

    @property
    def gives_up(self) -> bool:
        """Whether there is no reason to compute another step."""
        return self.stop_requested or self.is_lonely

    @property
    def steps_left(self) -> int:
        """At most so many points are still to be computed."""
        return max(self.total + 1 - self.done_steps, 0)

    @property
    def ahead(self) -> int:
        """How many jobs will have ended before this one, as it looks now."""
        return self._gate.ahead(self)

    @property
    def in_line(self) -> int:
        """How many jobs compute or wait, this one included."""
        return len(self._gate)

    @property
    def seconds_left(self) -> float:
        """About how long until it has ended, the jobs ahead of it included."""
        return self._gate.seconds(self)

    @property
    def progress(self) -> float:
        """Share of the updates made so far, 0 to 1."""
        return 1.0 if self.state == "done" else min(max(self.done_steps - 1, 0) / self.total, 1.0)

    def trace(self) -> Record | None:
        """What was recorded so far, or None before the first step."""
        recorder = self._recorder  # taken first: a job that ends has its final record before it lets go of this
        if self._final is not None or recorder is None:
            return self._final
        return recorder.snapshot() if self.done_steps else None

    def _begin(self) -> None:
        self._seen, self._final = time.monotonic(), None
        self._thread = threading.Thread(target=self._work, name="attack", daemon=True)

    def _work(self) -> None:
        try:
            if self._gate.wait(self):
                self.state = "running"
                self._drain()
            else:
                self._give_up()
        except Exception as error:  # noqa: BLE001 - the last line of defence: the thread must report, whatever it was
            self.error = sentence_for(error)
            self._finish("failed")
        finally:
            self._gate.leave(self)

    def _drain(self) -> None:
        recorder = self._recorder
        assert recorder is not None, "a run that is done or failed never goes on"
        if self._iterator is None:
            self._iterator = iter(self._steps())
        ending = object()
        while self._gate.wait(self):
            began = time.monotonic()
            with self._lock:
                step = next(self._iterator, ending)
            if step is ending:
                self._finish("done")
                return
            recorder.take(step.cpu())  # type: ignore[attr-defined]
            self.done_steps += 1
            took = time.monotonic() - began
            self.seconds += took
            self._gate.measured(self.kind, took)
            if self._pause is not None and self.done_steps <= self.total and self._pause(step):
                self._finish("paused")
                return
        self._give_up()

    def _give_up(self) -> None:
        self._finish("stopped" if self.stop_requested else "abandoned")

    def _finish(self, state: str) -> None:
        if self.done_steps and self._recorder is not None:
            self._final = self._recorder.snapshot(complete=state == "done")
        if state in ("done", "failed"):
            self._iterator = self._recorder = None
        self.state = state


def ended(record: Other, steps: int) -> Job[Other]:
    """A job of ``steps`` points that was done elsewhere: there is nothing to start, to stop or to wait for."""
    job: Job[Other] = Job(lambda: (), None, Gate(), total=steps - 1)
    job.state, job.done_steps, job._final = "done", steps, record
    return job


def sentence_for(error: BaseException) -> str:
    """One sentence that says what to do about an error; what nobody foresaw is logged with its traceback."""
    if type(error).__name__ == "OutOfMemoryError" or isinstance(error, MemoryError):
        return "The device ran out of memory: choose a smaller model, or wait until other runs have ended."
    if isinstance(error, ValueError):  # ModelError, ImageError, infeasible goals: written for people
        return _as_sentence(str(error))
    if isinstance(error, OSError) and error.errno == 28:
        return "The disk is full: free some space and run again."
    log.error("a run failed", exc_info=error)
    return "The run failed for an unexpected reason, which is in the server's log: change a setting and run again."


def _as_sentence(text: str) -> str:
    text = text.strip() or "the run could not start with these settings"
    if not re.match(r"\w+ = ", text):  # "k = 30 is ..." keeps its small letter
        text = text[0].upper() + text[1:]
    return text + ("" if text[-1] in ".!?" else ".")
