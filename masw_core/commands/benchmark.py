"""``benchmark``: attacks against each other on a data set; resumable, here or on a Ray cluster."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from masw_core.commands.options import (
    FIRST_METHODS,
    METHODS,
    TAU_HELP,
    add_engine,
    cases_in,
    engine_of,
    names_in,
    numbers_in,
    radii_in,
    writable,
)
from masw_core.engine.loop import STOPS
from masw_core.task.goals import CASES

from tqdm import tqdm


def add(commands: Any) -> None:
    benchmark = commands.add_parser(
        "benchmark",
        help="compare attacks on a data set: results.csv, samples.csv, results.md, results.html",
        description="A finished row is never run again: the same command resumes what was interrupted.",
    )
    benchmark.add_argument("--dataset", default="scenes", metavar="NAME", help="see list datasets; default: scenes")
    benchmark.add_argument("--root", type=Path, metavar="DIR", help="where the data set's files are")
    benchmark.add_argument("--split", metavar="NAME", help="default: the one that the data set is evaluated on")
    benchmark.add_argument("--model", default="scenes", metavar="A,B", help="one or more; default: scenes")
    benchmark.add_argument("--table", metavar="NAME", help="a table of the paper (I, S.IV): its attacks, cases and k")
    benchmark.add_argument("--attacks", metavar="A,B", help=ATTACKS_HELP)
    benchmark.add_argument("--cases", metavar="A,B", help="default: the four per image; also: universal")
    benchmark.add_argument("--training", type=int, default=200, metavar="N", help="universal: training images, 200")
    benchmark.add_argument("--passes", type=int, default=5, metavar="N", help="universal: times over them, 5")
    benchmark.add_argument("--k", metavar="A,B", help="default: 3,5,10")
    benchmark.add_argument("--samples", type=int, metavar="N", help="images per row; default: 100, with --table 1000")
    benchmark.add_argument("--tau", default="recommended", metavar="TAU", help=TAU_HELP)
    benchmark.add_argument("--batch", type=int, default=50, metavar="N", help="images at a time; default: 50")
    benchmark.add_argument("--steps", type=int, metavar="N", help="at most so many updates; default: each attack's own")
    benchmark.add_argument("--seeds", type=int, default=3, metavar="N", help="lists of images; default: 3")
    benchmark.add_argument("--stop", choices=STOPS, default="success", help="when an image is done; default: success")
    benchmark.add_argument("--survival", action="store_true", help="columns: successes that survive JPEG, scaling, ...")
    add_engine(benchmark)
    benchmark.add_argument("--out", type=Path, required=True, metavar="DIR")
    benchmark.set_defaults(run=run)


ATTACKS_HELP = f"{METHODS}, or all; default: {FIRST_METHODS}"


def run(options: argparse.Namespace) -> None:
    from masw_core.benchmark.cell import Protocol
    from masw_core.benchmark.photos_used import write_photos
    from masw_core.benchmark.results import Results
    from masw_core.benchmark.sweep import grid, run_sweep
    from masw_core.data import dataset_info
    from masw_core.views.sweep_report import write_report

    attacks, cases, ks, samples = _plan(options)
    if options.seeds < 1:
        raise ValueError(f"--seeds {options.seeds} is too few: choose at least 1.")
    dataset_info(options.dataset)
    tau, shares = radii_in(options.tau)
    engine = engine_of(options)
    root = None if options.root is None else str(options.root)
    protocol = Protocol(
        samples,
        options.batch,
        options.steps,
        options.split,
        root,
        options.device,
        stop=options.stop,
        tau=tau,
        training=options.training,
        passes=options.passes,
        survival=options.survival,
    )
    cells = grid(options.dataset, names_in(options.model), attacks, cases, ks, options.seeds, shares)
    writable(options.out)
    results = Results(options.out, protocol)
    finished = sum(results.holds(cell.key) for cell in cells)
    with tqdm(total=len(cells), initial=finished, unit="row") as bar:

        def on_row(row: dict[str, Any]) -> None:
            bar.set_postfix_str(_told(row), refresh=False)
            bar.update()

        count = run_sweep(cells, protocol, results, engine, on_row)
    write_report(options.out)
    write_photos(options.out, protocol, cells)
    print(f"{count} rows measured, {finished} were there; written to {options.out}")


def _told(row: dict[str, Any]) -> str:
    share = "" if row["tau_share"] == 1 else f" tau {row['tau_share']:g}x"
    return f"{row['attack']} {row['case']} k={row['k']}{share} ASR {100 * row['asr']:.0f}"


def _plan(options: argparse.Namespace) -> tuple[list[str], list[str], list[int], int]:
    """Attacks, cases, k and images per row: what was asked for, else the table's, else the defaults."""
    from masw_core.attacks import list_attacks
    from masw_core.benchmark.tables import EVALUATED, table_plan

    plan = None if options.table is None else table_plan(options.table)
    attacks = names_in(options.attacks or (",".join(plan.attacks) if plan else FIRST_METHODS))
    if attacks == ["all"]:
        attacks = [info.name for info in list_attacks()]
    cases = cases_in(options.cases or ",".join(plan.cases if plan else CASES), universal=True)
    ks = numbers_in(options.k or ",".join(map(str, plan.ks if plan else (3, 5, 10))))
    samples = options.samples if options.samples is not None else (EVALUATED if plan else 100)
    return attacks, cases, ks, samples
