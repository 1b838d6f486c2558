"""What people read of a sweep: ``results.md`` with the tables and ``results.html`` with the figures."""

from __future__ import annotations

from pathlib import Path

from masw_core.benchmark.columns import SURVIVES
from masw_core.benchmark.radii import at_radius, main_radius, radii_of
from masw_core.benchmark.summary import norms_where_both_succeed, over_seeds, read_results, read_samples
from masw_core.survival.degradations import DEGRADATIONS
from masw_core.views import page, radius_report
from masw_core.views import sweep_figures as figures
from masw_core.views.radius_figures import MEASURES, over_tau

import pandas as pd

RATES = ("asr", "sasr", "lfr")  # that are drawn
BASELINE = "masw"  # norms are compared with it where it is in the table


def write_report(folder: Path) -> None:
    """Write ``results.md`` and ``results.html`` from the rows in a folder."""
    table = read_results(folder / "results.csv")
    samples = folder / "samples.csv"
    text = markdown(table, read_samples(samples) if samples.exists() else None)
    (folder / "results.md").write_text(text)
    (folder / "results.html").write_text(html(table), encoding="utf-8")


def markdown(table: pd.DataFrame, samples: pd.DataFrame | None = None) -> str:
    """The tables: per data set, model, k and radius, the rates in percent as mean ± spread over seeds."""
    seeds, count = table["seed"].nunique(), int(table["samples"].max())
    lines = [f"# Results\n\n{count} images per row, {seeds} seed{'s' if seeds > 1 else ''}; rates in percent."]
    place = ["dataset", "model", "k", "tau_share"]
    for (dataset, model, k, share), rows in over_seeds(table).groupby(place, sort=False):
        where = "" if share == 1 else f", {share:g} tau"
        lines += ["", f"## {dataset}, {model}, k = {k}{where}", "", *_rates(rows)]
    if set(SURVIVES) <= set(table):
        lines += ["", "## Does it survive?", "", *_surviving(table)]
    several = len(radii_of(table)) > 1
    if several:
        lines += ["", "## Over tau", "", *radius_report.over_tau(table)]
    if several and samples is not None and BASELINE in set(samples["attack"]):
        lines += ["", f"## Paired differences to {BASELINE}", "", *radius_report.paired(samples, BASELINE)]
    if samples is not None and BASELINE in set(samples["attack"]):
        lines += ["", "## Norms where both succeed", "", *_norms(samples)]
    return "\n".join(lines) + "\n"


def _rates(rows: pd.DataFrame) -> list[str]:
    columns = (
        "case",
        "attack",
        "ASR",
        "SASR",
        "LFR",
        "SAC",
        "AFD",
        "norm",
        "Pert (tables)",
        "fluctuating",
        "s / image",
    )
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    for row in rows.to_dict("records"):
        rates = [_percent(row, name) for name in ("asr", "sasr", "lfr", "sac")]
        pert = "" if pd.isna(row["pert_table"]) else f"{row['pert_table']:.2f}"
        wavering = "" if pd.isna(row["fluctuating"]) else f"{100 * row['fluctuating']:.0f}"
        cells = [row["case"], row["attack"], *rates, f"{row['afd']:.3f}", f"{row['norm']:.2f}", pert, wavering]
        lines.append("| " + " | ".join([*cells, f"{row['seconds_per_image']:.2f}"]) + " |")
    return lines


def _surviving(table: pd.DataFrame) -> list[str]:
    lines = [
        "Percent of the successes that still succeed where the clean picture, degraded the same way, does not.",
        "",
    ]
    heads = ("model", "k", "case", "attack", "tau", "ASR", *(way.title for way in DEGRADATIONS))
    lines += ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for row in over_seeds(table).to_dict("records"):
        place = [row["model"], row["k"], row["case"], row["attack"], f"{row['tau_share']:g}"]
        shares = ["–" if pd.isna(row[name]) else f"{100 * row[name]:.0f}" for name in SURVIVES]
        lines.append("| " + " | ".join([*map(str, place), f"{100 * row['asr']:.0f}", *shares]) + " |")
    return lines


def _percent(row: dict, name: str) -> str:
    mean, spread = 100 * row[name], 100 * row[f"{name}_spread"]
    return f"{mean:.1f}" if row["seeds"] < 2 else f"{mean:.1f} ± {spread:.1f}"


def _norms(samples: pd.DataFrame) -> list[str]:
    lines = [f"Mean L2 norm against that of {BASELINE}, on the images that both solved, at shares of tau.", ""]
    lines += [
        f"| model | k | case | attack | tau | images | norm | norm of {BASELINE} | norm / norm of {BASELINE} |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in norms_where_both_succeed(samples, BASELINE).to_dict("records"):
        place = f"| {row['model']} | {row['k']} | {row['case']} | {row['attack']} | {row['tau_share']:g} "
        lines.append(f"{place}| {row['both']} | {row['norm']:.2f} | {row['norm_against']:.2f} | {row['ratio']:.2f} |")
    return lines


def html(table: pd.DataFrame) -> str:
    """A page with one bar chart per model, measure and k, and lines over several radii; works offline."""
    parts = []
    for model, rows in at_radius(table, main_radius(table)).groupby("model", sort=False):
        specs = [figures.bars(rows, name, int(k)) for k in sorted(rows["k"].unique()) for name in RATES]
        parts.append(page.section(model, *(page.figure(spec, spec["layout"]["title"]["text"]) for spec in specs)))
    several = [panel for name in MEASURES for panel in over_tau(table, name)] if len(radii_of(table)) > 1 else []
    if several:
        parts.append(page.section("Over tau", *(page.figure(panel.spec, panel.title, panel.alt) for panel in several)))
    return page.page("Results", parts)
