"""Feeds damaged files and texts to everything that reads what strangers send, and says what came of it.

    python -m scripts.fuzz --cases 2000 --pictures 10000 > benchmarks/results/fuzz.md
    python -m scripts.fuzz --reader pictures --first 4711 --cases 1     one case again

A case may be opened, or refused by the reader's own error with one sentence. Anything else is a fault: another error,
a crash, more than ``MOST_SECONDS``, more memory than ``MOST_MEGABYTES``, a file written or a program started. Every
reader works in a process of its own; a case depends on its number and the seed alone. Exit code 1 if there was a fault.
"""

from __future__ import annotations

import argparse
import datetime
import multiprocessing
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

MOST_SECONDS = 20
MOST_MEGABYTES = 800
KEPT = 5  # faults of a reader that are told in full
ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Count:
    """What came of a reader's cases."""

    name: str
    cases: int = 0
    opened: int = 0
    refused: int = 0
    faults: list[str] = field(default_factory=list)
    slowest: float = 0.0
    largest: float = 0.0
    said: Counter[str] = field(default_factory=Counter)

    def row(self) -> str:
        return (
            f"| {self.name} | {self.cases:,} | {self.opened:,} | {self.refused:,} | {len(self.faults)} | "
            f"{self.slowest:.1f} | {self.largest:.0f} |"
        )


def main() -> int:
    options = _options()
    from scripts.fuzzing.readers import READERS

    chosen = [name for name in READERS if options.reader in (None, name)]
    if not chosen:
        sys.exit(f"--reader {options.reader}: choose one of {', '.join(READERS)}.")
    counts = []
    for name in chosen:
        cases = options.pictures if name == "pictures" and options.pictures else options.cases
        cases = max(cases // READERS[name].share, 1)
        counts.append(_feed(name, options.first, cases, options.seed))
        print(counts[-1].row(), *counts[-1].faults[:KEPT], sep="\n", file=sys.stderr, flush=True)
    print(_report(counts, options.seed))
    return int(any(one.faults for one in counts))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Feed hostile cases to every reader of foreign data.")
    parser.add_argument("--cases", type=int, default=200, help="for each reader; slow ones get a share; default 200")
    parser.add_argument("--pictures", type=int, help="cases of the picture reader; default: as many as of others")
    parser.add_argument("--reader", help="only this one")
    parser.add_argument("--first", type=int, default=0, help="number of the first case, default 0")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def _feed(name: str, first: int, cases: int, seed: int) -> Count:
    """All cases of a reader; where its process dies, that is a fault, and the next one goes on behind that case."""
    count, end = Count(name), first + cases
    context = multiprocessing.get_context("spawn")
    while first < end:
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(there, name, first, end, seed), daemon=True)
        process.start()
        there.close()
        first = _collect(here, count, first)
        process.join()
        if first < end:
            count.cases += 1
            count.faults.append(f"case {first}: the process died with exit code {process.exitcode}")
            first += 1
    return count


def _collect(pipe: Connection, count: Count, first: int) -> int:
    """Add up what a process tells until it ends; the case that it did not tell of."""
    while True:
        try:
            kind, detail, seconds, megabytes = pipe.recv()
        except EOFError:
            return first
        count.cases += 1
        count.opened += kind == "opened"
        count.refused += kind == "refused"
        if kind == "refused":
            count.said[detail] += 1
        if kind == "fault":
            count.faults.append(f"case {first}: {detail}")
        count.slowest, count.largest = max(count.slowest, seconds), max(count.largest, megabytes)
        first += 1


def _work(pipe: Connection, name: str, first: int, end: int, seed: int) -> None:
    import faulthandler
    import logging
    import shutil
    import warnings

    from scripts.fuzzing.judging import judged
    from scripts.fuzzing.readers import READERS
    from scripts.fuzzing.watching import SCRATCH, limit_memory, watch

    warnings.simplefilter("ignore")
    logging.disable()
    reader = READERS[name]
    for warm in range(3):  # what is imported and loaded once is no case's memory
        watch(reader.read, reader.case(warm, seed))
    limit_memory(3 * MOST_MEGABYTES)
    for number in range(first, end):
        faulthandler.dump_traceback_later(5 * MOST_SECONDS, exit=True)
        pipe.send(judged(reader, reader.case(number, seed), MOST_SECONDS, MOST_MEGABYTES))
        faulthandler.cancel_dump_traceback_later()
    shutil.rmtree(SCRATCH, ignore_errors=True)


def _report(counts: list[Count], seed: int) -> str:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    faults = [f"- {one.name}, {fault}" for one in counts for fault in one.faults[:KEPT]]
    return "\n".join(
        (
            "# Hostile input",
            "",
            "What everything that reads foreign data made of damaged files and texts. A case is opened, or refused by "
            "the reader's own error with one sentence; anything else is a fault: another error, a crash, a file "
            f"written, a program started, a name followed, more than {MOST_SECONDS} s of the processor, or more than "
            f"{MOST_MEGABYTES} MB above what the process held before.",
            "",
            f"{datetime.date.today()}, commit {commit.stdout.strip() or 'unknown'}, seed {seed}: "
            f"`python -m scripts.fuzz {' '.join(sys.argv[1:])}`.",
            "",
            "| reader | cases | opened | refused | faults | slowest, s | most memory, MB |",
            "|---|---|---|---|---|---|---|",
            *(one.row() for one in counts),
            "",
            *(("Faults:", "", *faults) if faults else ("No fault.",)),
        )
    )


if __name__ == "__main__":
    sys.exit(main())
