"""Runs in a process of their own, so that an attack and the pages of a server do not share one interpreter.

``Worker`` starts ``worker_process`` when it is first needed, and again after it has ended, and asks it for steps. Any
number of runs may be open there; each computes only what it is asked for, and one step ahead, so that the process is
not idle while the server is busy with the step before. A step that is ahead when a run rests is the first one when it
goes on. What travels is data, see ``wire``.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pickle
import queue
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from masw_core.engine import wire
from masw_core.engine.openmp import briefly_awake

import torch

if TYPE_CHECKING:
    from masw_core.engine.recipe import Recipe

AHEAD = 1  # steps that are computed before they are asked for
PIPE = 2**20  # bytes that wait in a pipe; with the usual 64 KiB, a step is read in twenty pieces
DIED = "The process that computes runs has ended, perhaps for want of memory: run again, which starts a new one."

Answers = queue.SimpleQueue[tuple[str, Any]]
Requests = queue.SimpleQueue[list[bytes | memoryview] | None]


class RunFailed(ValueError):
    """A run failed in the worker; the message is a sentence for people."""


class Worker:
    """A process that computes runs. All methods may be called from any thread.

    Args:
        threads: of torch in the process; None: as many as torch takes here.
    """

    def __init__(self, threads: int | None = None) -> None:
        self._threads = torch.get_num_threads() if threads is None else threads
        self._lock = threading.Lock()
        self._line: _Line | None = None

    @property
    def process(self) -> int | None:
        """The number of the process, if one is running."""
        line = self._line
        return None if line is None or line.ended else line.process.pid

    def load(self, model: str) -> None:
        """Have a model at hand soon; returns at once."""
        self._connected().ask("load", model)

    def steps(self, recipe: Recipe) -> Iterator[Any]:
        """The steps of a recipe, tensors on the CPU. When nobody holds the iterator any more, the run is forgotten.

        Raises:
            RunFailed: what went wrong there, or that the process has ended; one sentence.
        """
        line = self._connected()
        number, answers = line.open(recipe)
        try:
            for _ in range(AHEAD):
                line.ask("next", number)
            while True:
                line.ask("next", number)
                kind, content = answers.get()
                if kind == "end":
                    return
                if kind == "failed":
                    raise RunFailed(content)
                yield content
        finally:
            line.close(number)

    def _connected(self) -> _Line:
        with self._lock:
            if self._line is None or self._line.ended:
                self._line = _Line(self._threads)
            return self._line


class _Line:
    """A process, what it is asked, and who waits for an answer.

    Its threads hold neither it nor its worker: when both are gone, the process is told to end.
    """

    def __init__(self, threads: int) -> None:
        self.process = _started(threads)
        self._numbers = itertools.count()
        self._requests: Requests = queue.SimpleQueue()  # may be filled by the garbage collector, amid anything
        self._waiting = _Waiting()
        weakref.finalize(self, self._requests.put, None)
        for work in (_write, _read):
            arguments = (self.process, self._requests, self._waiting)
            threading.Thread(target=work, args=arguments, name=f"worker{work.__name__}", daemon=True).start()

    @property
    def ended(self) -> bool:
        return self._waiting.ended

    def ask(self, *message: Any) -> None:
        self._requests.put(wire.packed(message))

    def open(self, recipe: Recipe) -> tuple[int, Answers]:
        number = next(self._numbers)
        answers = self._waiting.add(number)
        self.ask("open", number, recipe)
        return number, answers

    def close(self, number: int) -> None:
        self._waiting.answers.pop(number, None)
        self.ask("close", number)


class _Waiting:
    """Who waits for answers of a process, by the number of the run."""

    def __init__(self) -> None:
        self.answers: dict[int, Answers] = {}
        self.ended = False
        self._lock = threading.Lock()

    def add(self, number: int) -> Answers:
        answers: Answers = queue.SimpleQueue()
        with self._lock:
            self.answers[number] = answers
            if self.ended:
                answers.put(("failed", DIED))
        return answers

    def end(self) -> None:
        """Tell everybody that there will be no more answers."""
        with self._lock:
            self.ended = True
            for answers in list(self.answers.values()):
                answers.put(("failed", DIED))


def _write(process: subprocess.Popen[bytes], requests: Requests, waiting: _Waiting) -> None:
    """Pass requests on until there are no more, and then close the process's input, which ends it."""
    assert process.stdin is not None
    try:
        while (message := requests.get()) is not None:
            wire.write(process.stdin, message)
    except OSError:  # it has ended, which ``_read`` notices
        return
    finally:
        with contextlib.suppress(OSError):
            process.stdin.close()


def _read(process: subprocess.Popen[bytes], requests: Requests, waiting: _Waiting) -> None:
    """Hand out the answers until the process ends, and then tell everybody who waits."""
    assert process.stdout is not None
    try:
        while True:
            number, kind, content = wire.read(process.stdout)
            answers = waiting.answers.get(number)
            if answers is not None:
                answers.put((kind, content))
    except (EOFError, OSError, pickle.UnpicklingError):
        process.kill()
        process.wait()
        waiting.end()
        requests.put(None)


def _started(threads: int) -> subprocess.Popen[bytes]:
    root = str(Path(__file__).resolve().parents[2])
    paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", "masw_core.engine.worker_process", "--threads", str(threads)]
    environment = briefly_awake({**os.environ, "PYTHONPATH": paths})
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pipesize=PIPE, env=environment)
