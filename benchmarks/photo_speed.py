"""What the photo tagger costs on a processor: forward and backward to the image, by side, batch, threads and layout.

    python -m benchmarks.photo_speed [--rounds 9] [--out benchmarks/results]

Layouts take turns, so that a busy machine slows all of them; the fastest round and the median are quoted.
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
from masw_core.models.photo_coco import photo_model

import torch

CPU = torch.device("cpu")


def step(model: MultiLabelModel, images: torch.Tensor) -> float:
    """Milliseconds of one forward and one backward to the images."""
    z = images.clone().requires_grad_()
    start = time.perf_counter()
    torch.autograd.grad(model(z).sum(), z)
    return 1e3 * (time.perf_counter() - start)


def measure(side: int, batch: int, rounds: int) -> dict[str, tuple[float, float]]:
    """Fastest and median milliseconds of each layout."""
    models = {
        "as built (parameters learn)": photo_model("photo", side),
        "frozen": photo_model("photo", side).requires_grad_(False),
        "frozen, channels-last (as loaded)": prepare(photo_model("photo", side), CPU),
    }
    images = torch.rand(batch, 3, side, side) * 2 - 1
    times: dict[str, list[float]] = {name: [] for name in models}
    for _ in range(rounds + 1):
        for name, model in models.items():
            times[name].append(step(model, images))
    return {name: (min(values[1:]), statistics.median(values[1:])) for name, values in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    lines = [
        "| threads | side | batch | layout | fastest, ms | median, ms | ms an image |",
        "|---|---|---|---|---|---|---|",
    ]
    for threads in options.threads:
        torch.set_num_threads(threads)
        for side in (256, 320, 416):
            for batch in (1, 16):
                for name, (fastest, median) in measure(side, batch, options.rounds).items():
                    row = (threads, side, batch, name, f"{fastest:.1f}", f"{median:.1f}", f"{fastest / batch:.1f}")
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
