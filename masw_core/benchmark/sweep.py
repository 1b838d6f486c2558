"""A sweep: every cell of a grid that is not finished yet, one after the other or on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from masw_core.benchmark.cell import Cell, Protocol, Row
from masw_core.benchmark.measuring import measure
from masw_core.benchmark.methods import Method
from masw_core.benchmark.results import Results

Measured = tuple[Row, list[Row]]
Engine = Callable[[Sequence[Cell], Protocol], Iterator[Measured]]


def grid(
    dataset: str,
    models: Iterable[str],
    attacks: Iterable[str],
    cases: Iterable[str],
    ks: Iterable[int],
    seeds: int,
    shares: Sequence[float] = (1.0,),
) -> list[Cell]:
    """All cells that the attacks can do, ordered so that images are chosen once: by model, seed, k, case, attack,
    share of the radius.

    Raises:
        ValueError: an unknown attack, preset or setting, an attack that can do none of the cases, or one that names a
            radius of its own where there are shares.
    """
    methods = [Method.parse(text) for text in attacks]
    cases = list(cases)
    for method in methods:
        if not any(method.supports(case) for case in cases):
            raise ValueError(f"{method.text} cannot do any of the cases {', '.join(cases)}: leave it out.")
        if tuple(shares) != (1.0,) and "tau" in dict(method.settings):
            raise ValueError(f"{method.text} has a radius of its own: leave out its tau, or the shares of the radius.")
    ks = list(ks)
    return [
        Cell(dataset, model, case, k, method.text, seed, share)
        for model in models
        for seed in range(seeds)
        for k in ks
        for case in cases
        for method in methods
        if method.supports(case)
        for share in shares
    ]


def locally(cells: Sequence[Cell], protocol: Protocol) -> Iterator[Measured]:
    """Measure cells in this process, in order."""
    for cell in cells:
        yield measure(cell, protocol)


def run_sweep(
    cells: Sequence[Cell],
    protocol: Protocol,
    results: Results,
    engine: Engine = locally,
    on_row: Callable[[Row], None] | None = None,
) -> int:
    """Measure what is missing and write it down as it comes.

    Args:
        cells: from ``grid``.
        protocol: how.
        results: where; finished cells in it are skipped.
        engine: ``locally`` or ``ray_engine.on_ray``.
        on_row: told every new row, for progress bars.

    Returns:
        How many cells were measured.
    """
    missing = [cell for cell in cells if not results.holds(cell.key)]
    for row, samples in engine(missing, protocol):
        results.add(row, samples)
        if on_row is not None:
            on_row(row)
    return len(missing)
