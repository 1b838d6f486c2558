"""The same sweep on a Ray cluster: a task per cell, rows in the order in which they finish.

A task is ``measuring.measure`` itself, so rows are the local ones (up to the rounding of another number of threads). A
worker that dies has its cell run again elsewhere; one that cannot be had after several tries stops the sweep, and
what is written stays. Images and models are kept per worker process.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from masw_core.benchmark.cell import Cell, Protocol
from masw_core.benchmark.measuring import measure
from masw_core.benchmark.sweep import Measured

RETRIES = 3  # how often a cell is tried again after its worker died
AHEAD = 2  # cells in flight per worker, so that none waits for the driver


def on_ray(workers: int | None = None, address: str | None = None) -> Callable[..., Iterator[Measured]]:
    """An engine for ``run_sweep``.

    Args:
        workers: cells at a time; None: one per CPU of the cluster (one per GPU where the protocol asks for cuda).
        address: of a running cluster, ``"auto"`` for the one of this machine; None: start one here and stop it after.

    Raises:
        ValueError: Ray is not installed, or there is no cluster at the address.
    """

    def engine(cells: Sequence[Cell], protocol: Protocol) -> Iterator[Measured]:
        ray = _ray()
        ours = not ray.is_initialized()
        if ours:
            _join(ray, workers, address)
        try:
            yield from _tasks(ray, cells, protocol, workers)
        finally:
            if ours:
                ray.shutdown()

    return engine


def _ray() -> Any:
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # 0 GPUs asked for: leave CUDA as it is
    try:
        import ray
    except ImportError as error:
        raise ValueError("Ray is not installed: pip install ray, or choose --engine local.") from error
    return ray


def _join(ray: Any, workers: int | None, address: str | None) -> None:
    quiet = {"log_to_driver": False, "logging_level": "error", "include_dashboard": False}
    try:
        if address is not None:
            ray.init(address=address, log_to_driver=False, logging_level="error")
        else:
            ray.init(num_cpus=workers, **quiet)
    except ConnectionError as error:
        raise ValueError(f"There is no Ray cluster at {address!r}: start one with ray start --head.") from error


def _tasks(ray: Any, cells: Sequence[Cell], protocol: Protocol, workers: int | None) -> Iterator[Measured]:
    needs = {"num_gpus": 1, "num_cpus": 1} if protocol.device.startswith("cuda") else {"num_cpus": 1}
    task = ray.remote(max_retries=RETRIES, **needs)(measure_alone)
    at_once = AHEAD * (workers or max(1, int(ray.cluster_resources().get("CPU", 1))))
    waiting = list(reversed(cells))
    running: list[Any] = []
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                running.append(task.remote(waiting.pop(), protocol))
            (done, *_), running = ray.wait(running, num_returns=1)
            try:
                yield ray.get(done)
            except ray.exceptions.RayTaskError as error:
                raise (error.cause if isinstance(error.cause, ValueError) else error) from None
            except ray.exceptions.WorkerCrashedError as error:
                raise ValueError(f"A worker died {RETRIES + 1} times on the same cell: run again to resume.") from error
    finally:
        for one in running:
            ray.cancel(one, force=True)


def measure_alone(cell: Cell, protocol: Protocol) -> Measured:
    """``measure`` on one thread: workers share a machine, and a cell's numbers should not depend on how many."""
    import torch

    torch.set_num_threads(1)
    return measure(cell, protocol)
