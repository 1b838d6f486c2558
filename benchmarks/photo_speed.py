"""What the photo tagger costs on a processor: forward and backward to the image, by side, batch, threads and layout.

    python -m benchmarks.photo_speed [--rounds 9] [--out benchmarks/results]

Layouts take turns, so that a busy machine slows all of them; processor time hardly depends on who else is busy.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import statistics
import time
from pathlib import Path

import masw_core  # noqa: F401  (sets OMP_WAIT_POLICY before torch is imported)
from masw_core.models.folding import prepare
from masw_core.models.multi_label import MultiLabelModel
from masw_core.models.photo import photo_model

import torch

CPU = torch.device("cpu")


def step(model: MultiLabelModel, images: torch.Tensor) -> tuple[float, float]:
    """Milliseconds of one forward and one backward to the images: on the clock, and of processor in all threads."""
    z = images.clone().requires_grad_()
    clock, processor = time.perf_counter(), time.process_time()
    torch.autograd.grad(model(z).sum(), z)
    return 1e3 * (time.perf_counter() - clock), 1e3 * (time.process_time() - processor)


def measure(side: int, batch: int, rounds: int) -> dict[str, tuple[float, float, float]]:
    """Of each layout, in milliseconds: the fastest and the median round, and the least processor time."""
    models = {
        "channels-last (as loaded)": prepare(photo_model("photo", side), CPU),
        "contiguous": photo_model("photo", side).requires_grad_(False),
    }
    images = torch.rand(batch, 3, side, side) * 2 - 1
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in models}
    for _ in range(rounds + 1):
        for name, model in models.items():
            times[name].append(step(model, images))
    found = {}
    for name, rounds_of_one in times.items():
        clock, processor = zip(*rounds_of_one[1:], strict=True)  # the first round warms up
        found[name] = min(clock), statistics.median(clock), min(processor)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    lines = [
        "| threads | side | batch | layout | fastest, ms | median, ms | least processor time, ms |",
        "|---|---|---|---|---|---|---|",
    ]
    for threads in options.threads:
        torch.set_num_threads(threads)
        for side in (256, 320):
            for batch in (1, 16):
                for name, (fastest, median, processor) in measure(side, batch, options.rounds).items():
                    row = (threads, side, batch, name, *(f"{value:.1f}" for value in (fastest, median, processor)))
                    lines.append("| " + " | ".join(map(str, row)) + " |")
                    print(lines[-1], flush=True)
    busy = os.getloadavg()[0]
    head = (
        "# What the photo tagger costs\n\n"
        f"{datetime.date.today()}, {platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}; "
        f"the machine's load when done: {busy:.1f}. One forward and one backward to the image "
        f"(`python -m benchmarks.photo_speed`), {options.rounds} rounds.\n\n"
    )
    (options.out / "photo_speed.md").write_text(head + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
