"""What a sweep gains from two Ray workers.

    RAY_worker_niceness=0 python -m benchmarks.ray_efficiency [--samples 50] [--rounds 2] [--out benchmarks/results]

The same cells four ways, in turns, every process on one thread: one plain process, two plain processes with half of
the cells each (what the machine itself can give), Ray with one worker and with two. Times are from the start of the
processes to the last row; the efficiency of two is the time of one over twice the time of two. Ray starts its workers
at nice 15; on a machine with other work set ``RAY_worker_niceness``.
"""

from __future__ import annotations

import argparse
import datetime
import multiprocessing
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import masw_core  # sets OMP_WAIT_POLICY before torch
from masw_core.benchmark.cell import Cell, Protocol
from masw_core.benchmark.ray_engine import measure_alone, on_ray
from masw_core.benchmark.results import Results
from masw_core.benchmark.sweep import grid, run_sweep
from masw_core.task.targets import CASES

import torch

STEPS = 40


def measure_all(cells: list[Cell], protocol: Protocol) -> None:
    for cell in cells:
        measure_alone(cell, protocol)


def sweep_on_ray(cells: list[Cell], protocol: Protocol, workers: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run_sweep(cells, protocol, Results(Path(folder)), engine=on_ray(workers))


def plain(cells: list[Cell], protocol: Protocol, processes: int) -> None:
    together([partial(measure_all, cells[first::processes], protocol) for first in range(processes)])


def together(tasks: list[Callable[[], None]]) -> None:
    """Run every task in a fresh process of its own, all at once."""
    context = multiprocessing.get_context("spawn")
    started = [context.Process(target=task) for task in tasks]
    for process in started:
        process.start()
    for process in started:
        process.join()
        if process.exitcode:
            raise SystemExit(f"A process ended with {process.exitcode}: nothing was measured.")


def seconds(task: Callable[[], None]) -> float:
    started = time.perf_counter()
    task()
    return time.perf_counter() - started


def report(cells: list[Cell], protocol: Protocol, rounds: int) -> str:
    ways: dict[str, Callable[[], None]] = {
        "one process": partial(plain, cells, protocol, 1),
        "two processes": partial(plain, cells, protocol, 2),
        "Ray, one worker": partial(together, [partial(sweep_on_ray, cells, protocol, 1)]),
        "Ray, two workers": partial(together, [partial(sweep_on_ray, cells, protocol, 2)]),
    }
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, task in ways.items():
            times[way].append(seconds(task))
            print(f"{way}: {times[way][-1]:.1f} s", flush=True)
    middle = {way: statistics.median(values) for way, values in times.items()}
    lines = [
        "# A sweep on two Ray workers",
        "",
        f"{datetime.date.today()}, {platform.machine()}, torch {torch.__version__}, masw_core "
        f"{masw_core.__version__}. {len(cells)} cells of {protocol.samples} images, {STEPS} steps; medians of {rounds} "
        "turns (`python -m benchmarks.ray_efficiency`).",
        "",
        "| way | seconds | all turns |",
        "|---|---|---|",
        *(f"| {way} | {middle[way]:.1f} | {', '.join(f'{t:.1f}' for t in times[way])} |" for way in ways),
        "",
        f"Efficiency of two: plain processes {middle['one process'] / middle['two processes'] / 2:.2f}, "
        f"Ray {middle['Ray, one worker'] / middle['Ray, two workers'] / 2:.2f}; "
        f"Ray's two workers take {middle['Ray, two workers'] / middle['two processes']:.2f} of the time of two plain "
        "processes.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args()
    cells = grid("scenes", ["scenes"], ["masw", "tkml"], CASES, [3, 5], seeds=1)
    protocol = Protocol(samples=options.samples, steps=STEPS, device="cpu", stop="never")
    text = report(cells, protocol, options.rounds)
    (options.out / "ray_efficiency.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
