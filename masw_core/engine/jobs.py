"""A run in the background: a thread that drains an attack into a recorder, a gate, progress, stop and heartbeat.

The interface polls and never blocks; the thread never touches the interface. One gate is shared by a process, so
that runs wait for each other in order instead of slowing each other down. Somebody has to ``touch`` a job while
it waits or runs: a job that nobody looks at any more is abandoned and leaves the gate. No tensors are kept here.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Generic, Protocol, TypeVar

Record = TypeVar("Record", covariant=True)
PATIENCE = 5.0  # seconds without a sign of life after which a job counts as abandoned
POLL = 0.1  # how often a waiting job looks around, seconds
ACTIVE = ("queued", "running")
STATES = (*ACTIVE, "done", "stopped", "failed", "abandoned")

log = logging.getLogger(__name__)


class Recorder(Protocol[Record]):
    """Collects the steps of a job, and says at any time what it has; both may be called from different threads."""

    def take(self, step: Any) -> None:
        """Add a step, its tensors on the CPU."""

    def snapshot(self, complete: bool = False) -> Record:
        """What there is so far, such as a ``Trace``; asked for only after the first step."""


class Gate:
    """Lets one job through at a time, first come, first served."""

    def __init__(self) -> None:
        self._line: list[Job[Any]] = []
        self._changed = threading.Condition()

    def join(self, job: Job[Any]) -> None:
        with self._changed:
            self._line.append(job)

    def leave(self, job: Job[Any]) -> None:
        with self._changed:
            if job in self._line:
                self._line.remove(job)
            self._changed.notify_all()

    def position(self, job: Job[Any]) -> int:
        """0 for the job whose turn it is, 1 for the next, and so on; -1 for one that is not in line."""
        with self._changed:
            return self._line.index(job) if job in self._line else -1

    def wait(self, job: Job[Any]) -> bool:
        """Wait for the job's turn; False if it was stopped or abandoned first."""
        with self._changed:
            while self._line and self._line[0] is not job:
                if job.stop_requested or job.is_lonely:
                    return False
                self._changed.wait(POLL)
            return not job.stop_requested


class Job(Generic[Record]):
    """One run. Make it, ``start`` it, then poll its attributes from anywhere.

    Args:
        steps: called in the thread when it is this job's turn; gives the attack's steps.
        recorder: collects them.
        gate: shared by all jobs of the process.
        lock: held while a step is computed, so that others may use the same model in between.
        total: how many updates the run may make.
        patience: seconds without ``touch`` until the job counts as abandoned.
    """

    def __init__(
        self,
        steps: Callable[[], Iterable[Any]],
        recorder: Recorder[Record],
        gate: Gate,
        lock: threading.Lock | None = None,
        total: int = 1,
        patience: float = PATIENCE,
    ) -> None:
        self.state = "queued"
        self.error: str | None = None
        self.total = max(total, 1)
        self.done_steps = 0
        self.seconds = 0.0
        self._steps, self._recorder, self._gate = steps, recorder, gate
        self._lock = lock or threading.Lock()
        self._patience = patience
        self._stop = threading.Event()
        self._seen = time.monotonic()
        self._final: Record | None = None
        self._thread = threading.Thread(target=self._work, name="attack", daemon=True)

    def start(self) -> Job[Record]:
        self._gate.join(self)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ask the job to end after the step it is computing; what it recorded stays."""
        self._stop.set()

    def touch(self) -> None:
        """Say that somebody is still watching."""
        self._seen = time.monotonic()

    def join(self, timeout: float | None = None) -> None:
        self._thread.join(timeout)

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def stop_requested(self) -> bool:
        return self._stop.is_set()

    @property
    def is_lonely(self) -> bool:
        return time.monotonic() - self._seen > self._patience

    @property
    def ahead(self) -> int:
        """How many jobs run or wait before this one."""
        return max(self._gate.position(self), 0)

    @property
    def progress(self) -> float:
        """Share of the updates made so far, 0 to 1."""
        return 1.0 if self.state == "done" else min(max(self.done_steps - 1, 0) / self.total, 1.0)

    def trace(self) -> Record | None:
        """What was recorded so far, or None before the first step."""
        if self._final is not None:
            return self._final
        return self._recorder.snapshot() if self.done_steps else None

    def _work(self) -> None:
        try:
            if self._gate.wait(self):
                self.state = "running"
                self._drain()
            else:
                self.state = "stopped" if self.stop_requested else "abandoned"
        except Exception as error:  # noqa: BLE001 - the last line of defence: the thread must report, whatever it was
            self.error = sentence_for(error)
            self._finish("failed")
        finally:
            self._gate.leave(self)

    def _drain(self) -> None:
        began, steps = time.monotonic(), iter(self._steps())
        ending = object()
        while True:
            if self.stop_requested or self.is_lonely:
                self._finish("stopped" if self.stop_requested else "abandoned")
                return
            with self._lock:
                step = next(steps, ending)
            if step is ending:
                self._finish("done")
                return
            self._recorder.take(step.cpu())  # type: ignore[attr-defined]
            self.done_steps += 1
            self.seconds = time.monotonic() - began

    def _finish(self, state: str) -> None:
        if self.done_steps:
            self._final = self._recorder.snapshot(complete=state == "done")
        self.state = state


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
