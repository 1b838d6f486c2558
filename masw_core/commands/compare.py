"""``compare IMAGE``: several attacks on one picture under the same rules, as a table, curves and traces."""

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
    from masw_core.one_picture.comparison import ComparisonRecorder, attacks_for, take_turns
    from masw_core.one_picture.report import task_of
    from masw_core.one_picture.standings import standings, verdict

    methods = names_in(options.attacks)
    if options.steps < 1 or (options.tau is not None and not options.tau > 0):
        raise ValueError("--steps and --tau must be positive: choose at least one step and a ball with room in it.")
    writable(options.out)
    image = read_image(options.image)
    model = masw_core.load_model(options.model, device=options.device)
    x, goal = task_of(model, image, options.case, options.k, labels_in(options.labels), options.seed)
    attacks = attacks_for(methods, model, goal, options.steps, options.tau)
    recorder = ComparisonRecorder(attacks, model, goal, x[0].cpu().numpy(), seed=options.seed)
    total = sum(attack.steps + 1 for attack in attacks.values())
    for turn in tqdm(take_turns(attacks, model, x, goal, options.seed), total=total, unit="step", leave=False):
        recorder.take(turn.cpu())
    traces = recorder.snapshot(complete=True)
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
    from masw_core.views.comparison import QUANTITIES, curves
    from masw_core.views.pictures import adversarial_at, png

    from plotly import io

    with (folder / "comparison.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Standing)], lineterminator="\n")
        writer.writeheader()
        writer.writerows({**asdict(row), "top": " ".join(row.top)} for row in rows)
    names = {method: method for method in traces}
    specs = [curves(traces, quantity, names) for quantity in QUANTITIES]
    drawn = [io.to_html(spec, full_html=False, include_plotlyjs=not place) for place, spec in enumerate(specs)]
    page = "<!doctype html><meta charset='utf-8'><title>Comparison</title>" + "".join(drawn)
    (folder / "comparison.html").write_text(page, encoding="utf-8")
    for number, row in enumerate(rows, start=1):
        trace = traces[row.method]
        trace.save(folder / f"trace-{number}.npz")
        (folder / f"adversarial-{number}.png").write_bytes(png(adversarial_at(trace, row.step)[0]))
