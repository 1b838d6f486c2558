"""``study NAME``: one figure of the paper, measured: a resumable sweep, here or on a Ray cluster, or a single run."""

from __future__ import annotations

import argparse
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from masw_core.commands.options import TAU_HELP, add_engine, cases_in, engine_of, numbers_in, radii_in, writable

from tqdm import tqdm

if TYPE_CHECKING:
    from masw_core.studies.definition import Study


def add(commands: Any) -> None:
    study = commands.add_parser(
        "study",
        help="measure one figure of the paper: study.csv, study.md, study.html, and curves.csv where it has curves",
        description="list studies shows the names. The same command resumes what was interrupted, but for patience.",
    )
    study.add_argument("name", metavar="NAME", help="see list studies")
    study.add_argument("--dataset", default="scenes", metavar="NAME", help="see list datasets; default: scenes")
    study.add_argument("--root", type=Path, metavar="DIR", help="where the data set's files are")
    study.add_argument("--split", metavar="NAME", help="default: the one that the data set is evaluated on")
    study.add_argument("--model", default="scenes", metavar="NAME", help="default: scenes")
    study.add_argument("--samples", type=int, default=50, metavar="N", help="images per row; default: 50")
    study.add_argument("--batch", type=int, metavar="N", help="images at a time; default: 50")
    study.add_argument("--steps", type=int, default=40, metavar="N", help="at most so many updates; default: 40")
    study.add_argument("--seeds", type=int, default=1, metavar="N", help="lists of images; default: 1")
    study.add_argument("--cases", metavar="A,B", help="default: those of the figure")
    study.add_argument("--k", metavar="A,B", help="default: those of the figure")
    study.add_argument("--tau", metavar="TAU", help=f"as for benchmark: {TAU_HELP}; default: that of the figure")
    add_engine(study)
    study.add_argument("--out", type=Path, required=True, metavar="DIR")
    study.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    from masw_core.studies.catalogue import find_study

    study = find_study(options.name)
    if options.seeds < 1:
        raise ValueError(f"--seeds {options.seeds} is too few: choose at least 1.")
    kinds = {"sweep": _sweep, "patience": _patience}
    kinds[study.kind](study, options)


def _sweep(study: Study, options: argparse.Namespace) -> None:
    """Every variant is an attack on its own."""
    from masw_core.benchmark.cell import Protocol
    from masw_core.benchmark.results import Results
    from masw_core.benchmark.sweep import grid, run_sweep
    from masw_core.studies.curves import follow_all
    from masw_core.views.study_report import write_study

    batch = 50 if options.batch is None else options.batch
    root = None if options.root is None else str(options.root)
    tau, shares = _radii(study, options.tau)
    protocol = Protocol(
        options.samples, batch, options.steps, options.split, root, options.device, stop=study.stop, tau=tau
    )
    cases = list(study.cases) if options.cases is None else cases_in(options.cases)
    ks = list(study.ks) if options.k is None else numbers_in(options.k)
    cells = grid(options.dataset, [options.model], study.methods, cases, ks, options.seeds, shares)
    cells = [cell for cell in cells if study.asks(cell.attack, cell.case)]
    engine = engine_of(options)
    writable(options.out)
    results = Results(options.out, protocol)
    finished = sum(results.holds(cell.key) for cell in cells)
    with tqdm(total=len(cells), initial=finished, unit="row", desc=study.name) as bar:
        count = run_sweep(cells, protocol, results, engine, lambda row: bar.update())
    if study.curves:
        with tqdm(total=len(cells), unit="curve", desc=study.name) as bar:
            follow_all(cells, protocol, study.curves, options.out / "curves.csv", bar.update)
    write_study(study, options.out)
    print(f"{count} rows measured, {finished} were there; written to {options.out}")


def _radii(study: Study, text: str | None) -> tuple[str, tuple[float, ...]]:
    """The radius or shares of it that were asked for, else those of the figure."""
    if text is None:
        return "recommended", study.radii
    tau, shares = radii_in(text)
    if len(shares) > 1 and not study.over_tau:
        raise ValueError(f"{study.name} is about one radius: give one share, or take study radius or benchmark.")
    return tau, shares


def _patience(study: Study, options: argparse.Namespace) -> None:
    """One universal run per k and seed, with as many training images as held-out ones, decides all variants."""
    from masw_core.benchmark.cell import Cell, Protocol
    from masw_core.benchmark.results import Results
    from masw_core.studies.patience import PASSES, measure_endings, write_passes
    from masw_core.views.study_report import write_study

    given = {"--cases": options.cases, "--batch": options.batch, "--workers": options.workers}
    given |= {"--tau": options.tau, "--address": options.address, "--engine ray": options.engine == "ray" or None}
    if unfit := [name for name, value in given.items() if value is not None]:
        raise ValueError(f"{study.name} is one universal run, to which {unfit[0]} does not apply: leave it out.")
    root = None if options.root is None else str(options.root)
    count = options.samples
    settings = {"split": options.split, "root": root, "device": options.device, "training": count, "passes": PASSES}
    protocol = Protocol(count, steps=options.steps, **settings)
    ks = list(study.ks) if options.k is None else numbers_in(options.k)
    writable(options.out)
    for name in ("results.csv", "samples.csv", "protocol.json"):  # nothing is resumed
        (options.out / name).unlink(missing_ok=True)
    results = Results(options.out, protocol)
    runs = []
    with tqdm(total=len(ks) * options.seeds * PASSES, unit="pass", desc=study.name) as bar:
        for k, seed in product(ks, range(options.seeds)):
            cells = [Cell(options.dataset, options.model, "universal", k, text, seed) for text in study.methods]
            run, rows = measure_endings(cells, protocol, bar.update)
            for row, samples in rows:
                results.add(row, samples)
            runs.append((run, cells))
    write_study(study, options.out)
    for run, cells in runs:
        write_passes(run, cells, options.out)
    print(f"{len(runs)} runs of {PASSES} passes measured; written to {options.out}")
