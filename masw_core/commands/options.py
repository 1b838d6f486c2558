"""What commands share: a folder that can be written to, lists in options, and where a sweep runs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from masw_core.goals import CASES


def writable(folder: Path) -> None:
    """Fail before the work, not after it."""
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / ".writable"
    probe.touch()
    probe.unlink()


def names_in(text: str) -> list[str]:
    """Names separated by commas.

    Raises:
        ValueError: there are none.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise ValueError("A list is empty: write names separated by commas.")
    return names


def cases_in(text: str, universal: bool = False) -> list[str]:
    """Cases separated by commas; with ``universal`` also that of universal attacks.

    Raises:
        ValueError: one of them is no case.
    """
    cases, known = names_in(text), (*CASES, "universal") if universal else CASES
    for case in cases:
        if case not in known:
            raise ValueError(f"Unknown case {case!r}: choose among {', '.join(known)}.")
    return cases


def numbers_in(text: str) -> list[int]:
    """Whole numbers separated by commas, for ``--k``.

    Raises:
        ValueError: something else is there.
    """
    try:
        return [int(name) for name in names_in(text)]
    except ValueError:
        raise ValueError(f"--k {text}: write whole numbers separated by commas, such as 3,5,10.") from None


def add_engine(command: argparse.ArgumentParser) -> None:
    """The options that say where a sweep runs."""
    command.add_argument("--engine", choices=("local", "ray"), default="local")
    command.add_argument("--workers", type=int, metavar="N", help="with ray: cells at a time")
    command.add_argument("--address", metavar="URL", help="with ray: a running cluster, or auto")
    command.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")


def engine_of(options: argparse.Namespace) -> Any:
    """The engine that the options ask for, see ``run_sweep``.

    Raises:
        ValueError: options of Ray without Ray.
    """
    from masw_core.experiments.ray_engine import on_ray
    from masw_core.experiments.sweep import locally

    if options.engine == "local":
        if options.workers is not None or options.address is not None:
            raise ValueError("--workers and --address belong to --engine ray: add it, or leave them out.")
        return locally
    return on_ray(options.workers, options.address)
