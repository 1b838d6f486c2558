"""``compare IMAGE``: several attacks on one picture under the same rules, as a table, a report and traces."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import masw_core
from masw_core.commands.options import FIRST_METHODS, METHODS, add_task, labels_in, names_in, writable

from tqdm import tqdm

if TYPE_CHECKING:
    from masw_core.one_picture.standings import Standing
    from masw_core.trace.trace import Trace


def add(commands: Any) -> None:
    compare = commands.add_parser("compare", help="several attacks on one picture under the same rules")
    add_task(compare)
    compare.add_argument("--attacks", default=FIRST_METHODS, metavar="A,B", help=f"{METHODS}; default: {FIRST_METHODS}")
    compare.add_argument("--steps", type=int, default=40, metavar="N", help="at most so many updates each, default 40")
    compare.add_argument("--tau", type=float, help="everybody's ball; default: what the model recommends for the case")
    compare.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    from masw_core.data.images import read_image
    from masw_core.one_picture.comparison import compare_image
    from masw_core.one_picture.standings import standings, verdict

    methods = names_in(options.attacks)
    if options.steps < 1 or (options.tau is not None and not options.tau > 0):
        raise ValueError("--steps and --tau must be positive: choose at least one step and a ball with room in it.")
    writable(options.out)
    image = read_image(options.image)
    model = masw_core.load_model(options.model, device=options.device)
    with tqdm(total=len(methods) * (options.steps + 1), unit="step", leave=False) as bar:
        traces = compare_image(
            methods,
            model,
            image,
            options.case,
            options.k,
            labels=labels_in(options.labels),
            seed=options.seed,
            steps=options.steps,
            tau=options.tau,
            on_turn=lambda _: bar.update(),
            picture=options.image.name,
        )
    rows = standings(traces)
    _save(options.out, traces, rows)
    for row in rows:
        end = f"goal reached at step {row.step}" if row.success else f"goal not reached, best at step {row.step}"
        print(f"{row.method}: {end}, L2 {row.norm:.3f}, {row.flipped} of {row.true} true labels off")
    print(verdict(rows, {method: method for method in methods}))
    print(f"written to {options.out}")


def _save(folder: Path, traces: Mapping[str, Trace], rows: Sequence[Standing]) -> None:
    """comparison.csv, comparison.html, and for the n-th attack trace-n.npz and adversarial-n.png."""
    from masw_core.one_picture.standings import Standing
    from masw_core.views.notebook import save_report
    from masw_core.views.pictures import adversarial_at, png

    with (folder / "comparison.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Standing)], lineterminator="\n")
        writer.writeheader()
        writer.writerows({**asdict(row), "top": " ".join(row.top)} for row in rows)
    save_report(traces, folder / "comparison.html")
    for number, row in enumerate(rows, start=1):
        trace = traces[row.method]
        trace.save(folder / f"trace-{number}.npz")
        (folder / f"adversarial-{number}.png").write_bytes(png(adversarial_at(trace, row.step)[0]))
