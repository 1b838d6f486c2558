"""``benchmark``: attacks against each other on a data set; resumable, here or on a Ray cluster."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from masw_core.commands.options import add_engine, cases_in, engine_of, names_in, numbers_in, writable
from masw_core.goals import CASES

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
    benchmark.add_argument("--attacks", default="masw,tkml,pgd", metavar="A,B", help=ATTACKS_HELP)
    benchmark.add_argument("--cases", default=",".join(CASES), metavar="A,B", help="default: all four")
    benchmark.add_argument("--k", default="3,5,10", metavar="A,B", help="default: 3,5,10")
    benchmark.add_argument("--samples", type=int, default=100, metavar="N", help="images per row; default: 100")
    benchmark.add_argument("--batch", type=int, default=50, metavar="N", help="images at a time; default: 50")
    benchmark.add_argument("--steps", type=int, metavar="N", help="at most so many updates; default: each attack's own")
    benchmark.add_argument("--seeds", type=int, default=3, metavar="N", help="lists of images; default: 3")
    add_engine(benchmark)
    benchmark.add_argument("--out", type=Path, required=True, metavar="DIR")
    benchmark.set_defaults(run=run)


ATTACKS_HELP = "name[:preset][+setting=value...], or all; default: masw,tkml,pgd"


def run(options: argparse.Namespace) -> None:
    from masw_core.attacks import list_attacks
    from masw_core.experiments.cell import Protocol
    from masw_core.experiments.report import write_report
    from masw_core.experiments.results import Results
    from masw_core.experiments.sweep import grid, run_sweep

    attacks = [info.name for info in list_attacks()] if options.attacks == "all" else names_in(options.attacks)
    cases = cases_in(options.cases)
    if options.seeds < 1:
        raise ValueError(f"--seeds {options.seeds} is too few: choose at least 1.")
    root = None if options.root is None else str(options.root)
    protocol = Protocol(options.samples, options.batch, options.steps, options.split, root, options.device)
    cells = grid(options.dataset, names_in(options.model), attacks, cases, numbers_in(options.k), options.seeds)
    writable(options.out)
    results = Results(options.out, protocol)
    finished = sum(results.holds(cell.key) for cell in cells)
    with tqdm(total=len(cells), initial=finished, unit="row") as bar:

        def on_row(row: dict[str, Any]) -> None:
            bar.set_postfix_str(f"{row['attack']} {row['case']} k={row['k']} ASR {100 * row['asr']:.0f}", refresh=False)
            bar.update()

        count = run_sweep(cells, protocol, results, engine_of(options), on_row)
    write_report(options.out)
    print(f"{count} rows measured, {finished} were there; written to {options.out}")
