"""What a MASW step costs beyond the model: ratios to one bare forward and backward of the same wrapped model.

    python -m benchmarks.step_overhead [--models scenes photo] [--rounds 15] [--out benchmarks/results]

Every ratio comes from one run in which both sides take turns, so that a busy machine slows both; medians are
quoted. "Naive eager" is the same network as its library builds it: batch-norm unfolded, default memory format,
parameters not frozen. Everything is measured twice, see ``both_waits``.
"""

from __future__ import annotations

import argparse
import datetime
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import masw_core  # sets OMP_WAIT_POLICY before torch
from benchmarks.both_waits import tables
from masw_core.attacks.registry import load_attack
from masw_core.engine.loop import iterate
from masw_core.engine.running import run
from masw_core.models import MultiLabelModel, load_model
from masw_core.models.registry import _builder
from masw_core.task.targets import make_goal
from masw_core.trace.recorder import TraceRecorder, trace_header

import torch


def bare_step(model: torch.nn.Module, x: torch.Tensor) -> Callable[[], None]:
    """One forward and one backward to the pixels."""

    def step() -> None:
        z = torch.zeros_like(x).requires_grad_()
        torch.autograd.grad(model(x + z).sum(), z)

    return step


def endless(attack_name: str, model: MultiLabelModel, x: torch.Tensor, case: str, trace: bool) -> Callable[[], None]:
    """One engine step per call, with the recording of traces if asked; the run is restarted when it ends."""
    goal = make_goal(case, true_labels(model, x), 3, scores(model, x))
    attack = load_attack(attack_name, steps=10_000, tau=3.0)
    steps: Iterator = iterate(attack, model, x, goal)
    prepared = attack.prepared(model, goal)
    recorders = [TraceRecorder(trace_header(prepared, model, goal, row), x[row].numpy(), 300) for row in range(len(x))]

    def step() -> None:
        seen = next(steps)
        if trace:
            seen = seen.cpu()
            for row, recorder in enumerate(recorders):
                recorder.append(seen, row)

    return step


def scores(model: MultiLabelModel, x: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return model(x)


def true_labels(model: MultiLabelModel, x: torch.Tensor) -> torch.Tensor:
    return scores(model, x).argsort(1, descending=True).argsort(1) < 2


def ratio(first: Callable[[], None], second: Callable[[], None], rounds: int, repeat: int) -> tuple[float, float]:
    """Median of paired ratios first/second, and the median milliseconds of the second."""
    for warm in (first, second):
        warm()
        warm()
    ratios, base = [], []
    for turn in range(rounds):
        pair = {}
        for side in (first, second) if turn % 2 else (second, first):
            started = time.perf_counter()
            for _ in range(repeat):
                side()
            pair[side] = (time.perf_counter() - started) / repeat
        ratios.append(pair[first] / pair[second])
        base.append(pair[second])
    return statistics.median(ratios), statistics.median(base) * 1000


def rows_for(name: str, rounds: int) -> Iterator[str]:
    model = load_model(name)
    naive = _builder(name)(name).eval()
    height, width = model.input_size
    # The photo network is timed in batches of 8: larger ones spend their time on fresh memory pages on a CPU.
    for batch, budget, repeat in ((1, "1.10", 8), (8 if name.startswith("photo") else 50, "1.05", 1)):
        x = torch.rand(batch, 3, height, width, generator=torch.Generator().manual_seed(0)) * 2 - 1
        bare = bare_step(model, x)
        for case in ("untargeted", "worst"):
            value, base = ratio(endless("masw", model, x, case, False), bare, rounds, repeat)
            yield f"| {name} | {batch} | MASW step, {case} | bare step ({base:.1f} ms) | {value:.3f} | <= {budget} |"
        value, _ = ratio(endless("masw", model, x, "untargeted", True), bare, rounds, repeat)
        yield f"| {name} | {batch} | MASW step with a trace | bare step | {value:.3f} | <= 1.15 |"
        for other in ("pgd", "tkml"):
            value, _ = ratio(endless(other, model, x, "untargeted", False), bare, rounds, repeat)
            yield f"| {name} | {batch} | {other} step | bare step | {value:.3f} | |"
        value, _ = ratio(endless("masw", model, x, "untargeted", False), bare_step(naive, x), rounds, repeat)
        yield f"| {name} | {batch} | MASW step | naive eager bare step | {value:.3f} | <= 0.75 |"


def batched_against_single(name: str, steps: int) -> str:
    """A run over 50 images at once against the same images one by one."""
    model = load_model(name)
    height, width = model.input_size
    x = torch.rand(50, 3, height, width, generator=torch.Generator().manual_seed(0)) * 2 - 1
    goal = make_goal("worst", true_labels(model, x), 3, scores(model, x))
    attack = load_attack("masw", steps=steps, tau=3.0)
    started = time.perf_counter()
    run(attack, model, x, goal, stop="never")
    together = time.perf_counter() - started
    started = time.perf_counter()
    for row in range(50):
        run(attack, model, x[row : row + 1], goal[row : row + 1], stop="never")
    alone = time.perf_counter() - started
    return f"| {name} | 50 | {steps} steps one image at a time | the same batched | {alone / together:.2f} | >= 3 |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", default=["scenes", "photo"])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--table", action="store_true", help="only print the table, as this process's threads wait")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    if options.table:
        print_table(options)
        return
    lines = [
        "# What a step costs",
        "",
        f"{datetime.date.today()}, {platform.processor() or platform.machine()}, {torch.get_num_threads()} threads, "
        f"torch {torch.__version__}, masw_core {masw_core.__version__}. Medians of {options.rounds} paired turns "
        "(`python -m benchmarks.step_overhead`).",
        *tables("benchmarks.step_overhead", sys.argv[1:]),
    ]
    options.out.mkdir(exist_ok=True)
    (options.out / "step_overhead.md").write_text("\n".join(lines) + "\n")


def print_table(options: argparse.Namespace) -> None:
    print("| model | batch | what | against | ratio | budget |")
    print("|---|---|---|---|---|---|")
    for name in options.models:
        for row in rows_for(name, options.rounds):
            print(row, flush=True)
    for name in options.models[:1]:
        print(batched_against_single(name, options.steps), flush=True)


if __name__ == "__main__":
    main()
