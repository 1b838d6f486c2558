"""How long the playground computes: four attacks with 300 steps each, and the regions; wall and processor time.

    python benchmarks/playground_speed.py

The budget is one second for both together. The bare line is 300 forwards and backwards of the same network without
any attack, so that the machine's load of the moment can be divided out.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import masw_core  # noqa: F401  (sets OMP_WAIT_POLICY before torch is imported)
from masw_core.toy import LAYOUTS
from masw_core.toy.setup import Setup
from masw_core.views import toy_payload

import torch

STEPS, REPEATS = 300, 5


def best(work: Callable[[], object]) -> tuple[float, float]:
    """The fastest of some repetitions: (wall, processor) seconds."""
    times = []
    for _ in range(REPEATS):
        wall, processor = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - wall, time.process_time() - processor))
    return min(times)


def main() -> None:
    torch.set_num_threads(1)
    layout = LAYOUTS["film"]
    setup = Setup("film", layout.start, layout.true, layout.k, steps=STEPS)
    model, start = setup.model(), setup.start_point()[None]

    def bare() -> None:
        for _ in range(STEPS):
            z = torch.zeros_like(start).requires_grad_()
            torch.autograd.grad(model(start + z).sum(), z)

    rows = {"bare forward and backward": best(bare), "four attacks": best(setup.run)}
    rows["regions and fields"] = best(lambda: toy_payload.plane(setup))
    runs = setup.run()
    rows["payload"] = best(lambda: [toy_payload.run_payload(*run) for run in runs])
    for name, (wall, processor) in rows.items():
        print(f"{name:28s} {wall:6.3f} s wall  {processor:6.3f} s processor")
    wall = sum(rows[name][0] for name in ("four attacks", "regions and fields", "payload"))
    print(
        f"{'together, without bare':28s} {wall:6.3f} s wall  {wall / rows['bare forward and backward'][0]:.0f} x bare"
    )


if __name__ == "__main__":
    main()
