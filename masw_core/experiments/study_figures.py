"""Figures of the studies (``study.csv``) as plain Plotly specs: lines over a number, bars over a choice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from masw_core.experiments import figures

import pandas as pd

LOG_FROM = 30  # a setting that spans such a factor is drawn on a logarithmic axis
CASES = {"untargeted": "untargeted", "best": "best case", "random": "random case", "worst": "worst case"}
DRAWN = ("relative_afd", "asr", "sasr", "lfr", "fluctuating", "fluctuation", "sac")  # shares, in this order
QUANTITIES = {"lagrangian": "Lagrangian", "violation": "Squared violation", "epsilon": "Epsilon"}
LISTED = ("norm", "norm_success", "pert_table", "seconds_per_image", "samples")  # in the table only


@dataclass(frozen=True)
class StudyFigure:
    """One figure: its spec, what it shows in words, and its numbers."""

    title: str
    alt: str
    spec: dict[str, Any]
    table: pd.DataFrame


def measures_of(points: pd.DataFrame) -> list[str]:
    """The measures that a study has numbers for and that can be drawn in percent."""
    return [name for name in DRAWN if name in points and points[name].notna().any()]


def study_figures(points: pd.DataFrame, measures: list[str]) -> list[StudyFigure]:
    """One figure per figure and variable of a study.

    Args:
        points: ``Study.points()``; where there are several cases or k, each is a series of its own.
        measures: columns to draw.
    """
    return [
        _figure(str(figure), str(variable), _with_series(rows), measures)
        for (figure, variable), rows in points.groupby(["figure", "variable"], sort=False)
    ]


def curve_figures(curves: pd.DataFrame) -> list[StudyFigure]:
    """One figure per quantity, case and k of ``Study.curves()``: the mean over the images, a line per attack."""
    if curves.empty:
        return []
    first = curves[curves["seed"] == curves["seed"].min()]
    return [
        _curve(str(quantity), f"{CASES.get(str(case), case)}, k = {k}", rows.rename(columns={"attack": "series"}))
        for (quantity, case, k), rows in first.groupby(["quantity", "case", "k"], sort=False)
    ]


def _curve(quantity: str, where: str, rows: pd.DataFrame) -> StudyFigure:
    name = QUANTITIES.get(quantity, quantity)
    spec = figures.curve(rows.rename(columns={"mean": "mean over the images"}), "step", ["mean over the images"], "")
    spec["layout"]["title"]["text"] = f"{name}, {where}"
    spec["layout"]["yaxis"]["title"]["text"] = "percent of its start"
    table = rows.pivot_table(index="step", columns="series", values="mean", sort=False).reset_index()
    return StudyFigure(f"{name}, {where}", f"{name} over the steps, in percent of its start", spec, table)


def _with_series(rows: pd.DataFrame) -> pd.DataFrame:
    """Case and k become part of the series' names where they vary."""
    names = rows["series"].astype(str)
    if "case" in rows and rows["case"].nunique() > 1:
        names = names + ", " + rows["case"].map(lambda case: CASES.get(case, case))
    if "k" in rows and rows["k"].nunique() > 1:
        names = names + ", k = " + rows["k"].astype(str)
    return rows.assign(series=names.str.strip(", "))


def _figure(figure: str, variable: str, rows: pd.DataFrame, measures: list[str]) -> StudyFigure:
    if variable != "value":
        rows = rows.drop(columns=variable, errors="ignore")  # a study over attacks has such a column already
    numbers = pd.to_numeric(rows["value"], errors="coerce")
    numeric = bool(numbers.notna().all()) and numbers.nunique() > 1
    title = f"{figure[:1].upper()}{figure[1:]}: over {variable}"
    shown = ", ".join(figures.TITLES.get(name, name) for name in measures)
    if numeric:
        rows = rows.assign(value=numbers).sort_values("value", kind="stable")
        log = bool((numbers > 0).all() and numbers.max() >= LOG_FROM * numbers.min())
        spec = figures.curve(rows.rename(columns={"value": variable}), variable, measures, title, log)
    else:
        spec = _bars(rows, variable, measures, title)
    listed = [name for name in LISTED if name in rows]
    table = rows[["value", "series", *measures, *listed]].rename(columns={"value": variable})
    return StudyFigure(title, f"{shown} over {variable}; the table below has the numbers.", spec, table)


def _bars(rows: pd.DataFrame, variable: str, measures: list[str], title: str) -> dict[str, Any]:
    spec = figures.curve(rows.rename(columns={"value": variable}), variable, measures, title)
    for number, trace in enumerate(spec["data"]):
        line = trace.pop("line")
        del trace["mode"]
        pattern = figures.PATTERNS[number % len(measures) % len(figures.PATTERNS)]
        trace |= {"type": "bar", "marker": {"color": line["color"], "pattern": {"shape": pattern}}}
        trace["x"] = [str(value) for value in trace["x"]]
    return spec
