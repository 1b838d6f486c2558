"""Figures of result tables as plain Plotly specs (dicts); nothing here imports Plotly."""

from __future__ import annotations

from typing import Any

from masw_core.benchmark.summary import over_seeds

import pandas as pd

# Colour-blind safe (Okabe & Ito), MASW in the strongest one; further attacks start again with patterns.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999999", "#F0E442")
PATTERNS = ("", "/", ".")
TITLES = {
    "asr": "ASR",
    "sasr": "SASR",
    "lfr": "LFR",
    "sac": "SAC",
    "afd": "AFD",
    "fluctuating": "runs with fluctuation above 0.3",
}


def bars(table: pd.DataFrame, measure: str, k: int) -> dict[str, Any]:
    """A measure of every attack and case at one k, in percent, with the spread over seeds where there are several."""
    means = over_seeds(table)
    means = means[means["k"] == k]
    traces = []
    for number, (attack, rows) in enumerate(means.groupby("attack", sort=False)):
        traces.append(
            {
                "type": "bar",
                "name": str(attack),
                "x": rows["case"].tolist(),
                "y": (100 * rows[measure]).round(2).tolist(),
                "error_y": {"type": "data", "array": _spreads(rows, measure), "width": 0},
                "marker": {
                    "color": COLOURS[number % len(COLOURS)],
                    "pattern": {"shape": PATTERNS[number // len(COLOURS) % len(PATTERNS)]},
                },
            }
        )
    return {"data": traces, "layout": _layout(f"{TITLES.get(measure, measure)}, k = {k}", "percent")}


def _spreads(rows: pd.DataFrame, measure: str) -> list[float | None]:
    """In percent; None for one seed, of which nothing is known. Plotly draws it as 0, which is nothing without caps."""
    spreads = (100 * rows[f"{measure}_spread"]).round(2)
    return [spread if seeds > 1 else None for spread, seeds in zip(spreads, rows["seeds"], strict=True)]


def _layout(title: str, unit: str) -> dict[str, Any]:
    return {
        "title": {"text": title},
        "barmode": "group",
        "yaxis": {"title": {"text": unit}, "rangemode": "tozero"},
        "legend": {"orientation": "h", "y": -0.2},
        "margin": {"l": 50, "r": 10, "t": 40, "b": 40},
    }
