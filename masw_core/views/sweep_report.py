"""What people read of a sweep: ``results.md`` with the tables and ``results.html`` with the figures."""

from __future__ import annotations

from pathlib import Path

from masw_core.benchmark.summary import norms_where_both_succeed, over_seeds, read_results
from masw_core.views import sweep_figures as figures

import pandas as pd

BASELINE = "masw"  # norms are compared with it where it is in the table


def write_report(folder: Path) -> None:
    """Write ``results.md`` and ``results.html`` from the rows in a folder."""
    table = read_results(folder / "results.csv")
    samples = folder / "samples.csv"
    text = markdown(table, pd.read_csv(samples) if samples.exists() else None)
    (folder / "results.md").write_text(text)
    (folder / "results.html").write_text(html(table))


def markdown(table: pd.DataFrame, samples: pd.DataFrame | None = None) -> str:
    """The tables: per data set, model and k, the rates in percent as mean ± spread over seeds."""
    seeds, count = table["seed"].nunique(), int(table["samples"].max())
    lines = [f"# Results\n\n{count} images per row, {seeds} seed{'s' if seeds > 1 else ''}; rates in percent."]
    for (dataset, model, k), rows in over_seeds(table).groupby(["dataset", "model", "k"], sort=False):
        lines += ["", f"## {dataset}, {model}, k = {k}", "", *_rates(rows)]
    if samples is not None and BASELINE in set(samples["attack"]):
        lines += ["", "## Norms where both succeed", "", *_norms(samples)]
    return "\n".join(lines) + "\n"


def _rates(rows: pd.DataFrame) -> list[str]:
    columns = ("case", "attack", "ASR", "SASR", "LFR", "SAC", "norm", "Pert (tables)", "fluctuating", "s / image")
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    for row in rows.to_dict("records"):
        rates = [_percent(row, name) for name in ("asr", "sasr", "lfr", "sac")]
        pert = "" if pd.isna(row["pert_table"]) else f"{row['pert_table']:.2f}"
        wavering = "" if pd.isna(row["fluctuating"]) else f"{100 * row['fluctuating']:.0f}"
        cells = [row["case"], row["attack"], *rates, f"{row['norm']:.2f}", pert, wavering]
        lines.append("| " + " | ".join([*cells, f"{row['seconds_per_image']:.2f}"]) + " |")
    return lines


def _percent(row: dict, name: str) -> str:
    mean, spread = 100 * row[name], 100 * row[f"{name}_spread"]
    return f"{mean:.1f}" if row["seeds"] < 2 else f"{mean:.1f} ± {spread:.1f}"


def _norms(samples: pd.DataFrame) -> list[str]:
    lines = [f"Mean L2 norm against that of {BASELINE}, on the images that both solved.", ""]
    lines += [
        f"| model | k | case | attack | images | norm | norm of {BASELINE} | norm / norm of {BASELINE} |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in norms_where_both_succeed(samples, BASELINE).to_dict("records"):
        place = f"| {row['model']} | {row['k']} | {row['case']} | {row['attack']} | {row['both']} "
        lines.append(f"{place}| {row['norm']:.2f} | {row['norm_against']:.2f} | {row['ratio']:.2f} |")
    return lines


def html(table: pd.DataFrame) -> str:
    """A page with one bar chart per model, measure and k; works offline."""
    from plotly import io

    parts = ["<!doctype html><meta charset='utf-8'><title>Results</title>"]
    for model, rows in table.groupby("model", sort=False):
        parts.append(f"<h2>{model}</h2>")
        for k in sorted(rows["k"].unique()):
            for measure in ("asr", "sasr", "lfr"):
                first = len(parts) == 2
                spec = figures.bars(rows, measure, int(k))
                parts.append(io.to_html(spec, full_html=False, include_plotlyjs=first))
    return "\n".join(parts)
