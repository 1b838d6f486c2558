"""What commands share: a folder that can be written to, lists in options, and where a sweep runs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from masw_core.task.goals import CASES

FIRST_METHODS = "masw,tkml,pgd"
METHODS = "name[:preset][+setting=value...]"


def writable(folder: Path) -> None:
    """Fail before the work, not after it."""
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / ".writable"
    probe.touch()
    probe.unlink()


def labels_in(text: str | None) -> list[str] | None:
    """Names separated by commas, perhaps none; None where the option was not given."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


def names_in(text: str) -> list[str]:
    """Names separated by commas.

    Raises:
        ValueError: there are none.
    """
    names = labels_in(text)
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


def radii_in(text: str) -> tuple[str, tuple[float, ...]]:
    """What ``--tau`` asks for.

    Args:
        text: ``"recommended"``, ``"paper"`` or a number, a radius; or shares of the recommended one, ``"0.4x"`` or
            ``"0.4x,0.7x,1x"``, where a list of several may leave out the x.

    Returns:
        ``Protocol.tau``, and the shares of it.

    Raises:
        ValueError: a list holds something else.
    """
    text = text.strip()
    if "," not in text and not text.endswith("x"):
        return text, (1.0,)
    try:
        shares = tuple(dict.fromkeys(float(name.removesuffix("x")) for name in names_in(text)))
    except ValueError:
        shares = ()
    if not shares or not all(0 < share < float("inf") for share in shares):
        raise ValueError(f"--tau {text}: write shares of the recommended radius, such as 0.4x,0.7x,1x.")
    return "recommended", shares


TAU_HELP = "recommended (default), paper, a number, or shares of the recommended: 0.4x,0.7x,1x (rows for each)"


def add_task(command: argparse.ArgumentParser) -> None:
    """The options that say what is reached on which picture."""
    command.add_argument("image", type=Path, metavar="IMAGE")
    command.add_argument("--k", type=int, default=3, help="top-k, default 3")
    command.add_argument("--case", choices=CASES, default="untargeted")
    command.add_argument("--model", default="photo", metavar="NAME", help="default: photo")
    command.add_argument("--labels", metavar="A,B", help="true labels; default: what the model predicts")
    command.add_argument("--seed", type=int, default=0, help="for the random case, default 0")
    command.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    command.add_argument("--out", type=Path, required=True, metavar="DIR")


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
    from masw_core.benchmark.ray_engine import on_ray
    from masw_core.benchmark.sweep import locally

    if options.engine == "local":
        if options.workers is not None or options.address is not None:
            raise ValueError("--workers and --address belong to --engine ray: add it, or leave them out.")
        return locally
    return on_ray(options.workers, options.address)
