"""The process at the other end of ``worker``: it keeps its models and computes the next step of a run when it is asked.

It ends when its input does, so it never outlives the server, however that ends. An interrupt from the keyboard is for
the server.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
from collections.abc import Iterator
from typing import IO, Any

from masw_core.engine import wire
from masw_core.engine.jobs import sentence_for
from masw_core.engine.memory import give_back
from masw_core.engine.recipe import Recipe
from masw_core.models import load_model

import torch

MODELS = 2  # that the process keeps


class Runs:
    """The open runs of this process, and its models."""

    def __init__(self) -> None:
        self._open: dict[int, Recipe | Iterator[Any]] = {}
        self._models: dict[str, Any] = {}

    def open(self, number: int, recipe: Recipe) -> None:
        self._open[number] = recipe

    def close(self, number: int) -> None:
        if self._open.pop(number, None) is not None:  # a run that has ended is closed once more by whoever asked for it
            give_back()

    def next(self, number: int) -> tuple[str, Any] | None:
        """The run's next step, its end, or why it failed; None for one that has ended."""
        run = self._open.get(number)
        if run is None:
            return None
        try:
            if isinstance(run, Recipe):
                run = self._open[number] = run.steps(self.model(run.model))
            step = next(run, None)
            answer = ("end", None) if step is None else ("step", step.cpu())
        except Exception as error:  # noqa: BLE001 - whatever it was, the run has failed and the process goes on
            answer = "failed", sentence_for(error)
        if answer[0] != "step":
            self.close(number)
        return answer

    def model(self, name: str) -> Any:
        """A model, loaded the first time it is asked for; those that were asked for last are kept."""
        model = self._models.pop(name, None)
        if model is None:
            while len(self._models) >= MODELS:
                del self._models[next(iter(self._models))]
            model = load_model(name, device="auto")
            gc.collect()
            gc.freeze()
        self._models[name] = model
        return model


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer requests, in the order in which they come, until there are no more."""
    runs = Runs()
    while True:
        try:
            kind, subject, *content = wire.read(requests)
        except EOFError:
            return
        if kind == "next":
            if (answer := runs.next(subject)) is not None:
                wire.write(answers, wire.packed((subject, *answer)))
        elif kind == "open":
            runs.open(subject, *content)
        elif kind == "close":
            runs.close(subject)
        else:
            _load(runs, subject)


def _load(runs: Runs, name: str) -> None:
    """Have a model at hand; why it cannot be loaded is told to the first run that wants it."""
    try:
        runs.model(name)
    except Exception as error:  # noqa: BLE001
        sentence_for(error)


def main() -> None:
    """Serve the process that started this one. What is printed here goes to its log, not into the answers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, required=True, help="of torch")
    torch.set_num_threads(parser.parse_args().threads)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        serve(sys.stdin.buffer, answers)
    except BrokenPipeError:
        os._exit(0)  # nobody is there to be told anything


if __name__ == "__main__":
    main()
