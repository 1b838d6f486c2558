"""Runs in a process of their own, so that an attack and the pages do not share one interpreter.

``Worker`` starts ``python -m masw_core.engine.worker`` and asks it for steps through its standard input; answers come
through its standard output. Several runs may be open there, and each computes only when it is asked. The process
keeps its models; it ends when its input is closed, so it never outlives the server, however that ends. Both ends are
the same program on the same machine, which is why messages may be pickles: nothing from outside is ever read as one.
"""

from __future__ import annotations

import itertools
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import IO, Any

from masw_core.engine.call import Call
from masw_core.engine.jobs import sentence_for

MODELS = 2  # that the process keeps
AHEAD = 3  # steps that are asked for before the first of them is used
DIED = "The process that computes runs has ended, perhaps for want of memory: run again, which starts a new one."


Answers = queue.SimpleQueue[tuple[str, Any]]


class RunFailed(ValueError):
    """A run failed in the worker; the message is a sentence for people."""


class Worker:
    """A process that computes runs, started by the first of them. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a run may be closed by the garbage collector, at any moment of this thread
        self._numbers = itertools.count()
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: dict[int, tuple[subprocess.Popen[bytes], Answers]] = {}

    @property
    def process(self) -> int | None:
        """The process's number, if one is running."""
        alive = self._process is not None and self._process.poll() is None
        return self._process.pid if alive and self._process is not None else None

    def steps(self, call: Call) -> Iterator[Any]:
        """The steps of a call, computed in the process as they are asked for.

        Raises:
            RunFailed: what went wrong there, or that the process has ended; one sentence.
        """
        number, answers = next(self._numbers), Answers()
        process = self._opened(number, answers, call)
        try:
            for _ in range(AHEAD):
                self._send(process, ("next", number))
            while True:
                kind, content = answers.get()
                if kind == "step":
                    self._send(process, ("next", number))
                    yield content
                elif kind == "end":
                    return
                else:
                    raise RunFailed(content)
        finally:
            self._answers.pop(number, None)
            self._send(process, ("close", number))

    def close(self) -> None:
        """End the process; runs that are open fail."""
        with self._lock:
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.close()
                self._process.wait()

    def _opened(self, number: int, answers: Answers, call: Call) -> subprocess.Popen[bytes]:
        with self._lock:
            if self.process is None:
                self._process = _started()
                threading.Thread(target=self._read, args=(self._process,), name="worker answers", daemon=True).start()
            process = self._process
            assert process is not None
            self._answers[number] = process, answers
        self._send(process, ("open", number, call))
        return process

    def _send(self, process: subprocess.Popen[bytes], message: tuple[Any, ...]) -> None:
        assert process.stdin is not None
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        try:
            with self._lock:
                process.stdin.write(data)
                process.stdin.flush()
        except (OSError, ValueError):  # it has ended; whoever waits for an answer is told by ``_read``
            return

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        """Hand out the answers until the process ends, and then tell everybody who waits."""
        assert process.stdout is not None
        try:
            while True:
                number, kind, content = pickle.load(process.stdout)
                _, answers = self._answers.get(number, (process, None))
                if answers is not None:
                    answers.put((kind, content))
        except (EOFError, OSError, pickle.UnpicklingError):
            process.kill()
            process.wait()
            with self._lock:
                waiting = [answers for asked, answers in self._answers.values() if asked is process]
            for answers in waiting:
                answers.put(("failed", DIED))


def _started() -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "masw_core.engine.worker"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)


class _Runs:
    """The open runs of this process, and its models."""

    def __init__(self) -> None:
        self._open: dict[int, Call | Iterator[Any]] = {}
        self._models: dict[str, Any] = {}

    def open(self, number: int, call: Call) -> None:
        self._open[number] = call

    def close(self, number: int) -> None:
        self._open.pop(number, None)

    def next(self, number: int) -> tuple[str, Any] | None:
        """The run's next step, its end, or why it failed; None for one that has ended."""
        run = self._open.get(number)
        if run is None:
            return None
        try:
            if isinstance(run, Call):
                run = self._open[number] = run.steps(self._model(run.model))
            step = next(run, None)
        except Exception as error:  # noqa: BLE001 - whatever it was, the run has failed and the process goes on
            self.close(number)
            return "failed", sentence_for(error)
        if step is None:
            self.close(number)
            return "end", None
        return "step", step.cpu()

    def _model(self, name: str) -> Any:
        from masw_core.models import load_model

        if name not in self._models:
            while len(self._models) >= MODELS:
                del self._models[next(iter(self._models))]
            self._models[name] = load_model(name, device="auto")
        return self._models[name]


def _serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer requests until there are no more."""
    runs = _Runs()
    while True:
        try:
            kind, number, *content = pickle.load(requests)
        except EOFError:
            return
        if kind == "next":
            if (answer := runs.next(number)) is not None:
                pickle.dump((number, *answer), answers, pickle.HIGHEST_PROTOCOL)
                answers.flush()
        elif kind == "open":
            runs.open(number, *content)
        else:
            runs.close(number)


def main() -> None:
    """Serve the process that started this one. What is printed here goes to its log, not into the answers."""
    import torch

    torch.set_num_threads(max((os.cpu_count() or 2) - 1, 1))  # a core stays for the pages
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        _serve(sys.stdin.buffer, answers)
    except (BrokenPipeError, KeyboardInterrupt):
        return


if __name__ == "__main__":
    main()
