"""Figures of the studies (``study.csv``) as plain Plotly specs: one measure, one panel per case and k.

Lines over a number, bars over a choice; the panels of a study share their scale, so that they can be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

from masw_core.views import sweep_figures as figures

import pandas as pd

LOG_FROM = 30  # a setting that spans such a factor is drawn on a logarithmic axis
CASES = {
    "untargeted": "Untargeted",
    "best": "Best case",
    "random": "Random case",
    "worst": "Worst case",
    "universal": "Universal",
}
DRAWN = ("asr", "sasr", "lfr", "afd", "relative_afd", "fluctuation", "fluctuating", "sac")  # in this order
TITLES = {
    **figures.TITLES,
    "relative_afd": "AFD against the baseline",
    "fluctuation": "Fluctuation",
    "fluctuating": "Wavering runs",
}
ROOM = 1.5  # how far above the means a figure of curves goes
LONG = 12  # letters; bars with longer names lie on their side
RATIO = "relative_afd"
AS_THEY_ARE = {"afd": "0 to 2", RATIO: "times the baseline"}  # all others are shares, drawn in percent
QUANTITIES = {"lagrangian": "Lagrangian", "violation": "Squared violation", "epsilon": "Epsilon"}
LISTED = ("norm", "norm_success", "pert_table", "gained", "lost", "p", "samples")  # in the table only


@dataclass(frozen=True)
class StudyFigure:
    """One figure: its spec, what it shows in words, and its numbers."""

    title: str
    alt: str
    spec: dict[str, Any]
    table: pd.DataFrame


def measures_of(points: pd.DataFrame) -> list[str]:
    """The measures that a study has numbers for and that can be drawn."""
    return [name for name in DRAWN if name in points and points[name].notna().any()]


def study_figures(points: pd.DataFrame, measure: str) -> list[StudyFigure]:
    """One panel per variable, case and k of a study.

    Args:
        points: ``Study.points()``.
        measure: the column to draw, one of ``measures_of``.
    """
    variables = points.groupby(["figure", "variable"], sort=False)
    return [panel for (_, variable), rows in variables for panel in _panels(rows, str(variable), measure)]


def _panels(rows: pd.DataFrame, variable: str, measure: str) -> list[StudyFigure]:
    rows = rows.drop(columns=variable, errors="ignore") if variable != "value" else rows  # "attack" is there already
    numbers = pd.to_numeric(rows["value"], errors="coerce")
    numeric = bool(numbers.notna().all()) and numbers.nunique() > 1
    if numeric:
        rows = rows.assign(value=numbers).sort_values("value", kind="stable")
    colour = {
        name: figures.COLOURS[number % len(figures.COLOURS)] for number, name in enumerate(rows["series"].unique())
    }
    scale = 1 if measure in AS_THEY_ARE else 100
    whiskers = _whiskers(rows) if measure == "asr" else {}
    top = 1.08 * float((scale * rows[measure]).add(whiskers.get("array", 0)).max())
    lying = not numeric and bool((rows["value"].astype(str).str.len() > LONG).any())
    panels = []
    for (case, k), here in rows.groupby(["case", "k"], sort=False):
        make = _lines if numeric else _bars
        data = [
            make(part["value"].tolist(), (scale * part[measure]).round(2).tolist(), str(name), colour[name])
            | (_error_bars(part) if whiskers else {})
            for name, part in here.groupby("series", sort=False)
        ]
        log = numeric and _spans(numbers)
        spec = {"data": data, "layout": _layout(variable, measure, top, log, len(data))}
        if lying:
            _lay_down(spec)
        title = f"{CASES.get(str(case), str(case))}, k = {k}"
        listed = [name for name in LISTED if name in here and here[name].notna().any()]
        table = here[["series", "value", measure, *listed]].rename(columns={"value": variable})
        alt = f"{TITLES.get(measure, measure)} over {variable}, {title}; the table of numbers has them too."
        panels.append(StudyFigure(title, alt, spec, table))
    return panels


def _lines(x: list[Any], y: list[float], name: str, colour: str) -> dict[str, Any]:
    return {"type": "scatter", "mode": "lines+markers", "name": name, "x": x, "y": y, "line": {"color": colour}}


def _bars(x: list[Any], y: list[float], name: str, colour: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": name,
        "x": [str(value) for value in x],
        "y": y,
        "marker": {"color": colour},
        "text": [f"{value:.3g}" for value in y],
        "textposition": "inside",
        "insidetextanchor": "start",
        "textangle": 0,
    }


def _whiskers(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """The 95 % range of a share of so many images (Wilson's interval): how far it reaches up and down, in percent."""
    if "samples" not in rows or rows["samples"].isna().any():
        return {}
    count, z = rows["samples"] * rows.get("seeds", 1), 1.96
    share = rows["asr"]
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    reach = (share * (1 - share) / count + z**2 / (4 * count**2)).map(sqrt) * z / (1 + z**2 / count)
    return {"array": 100 * (middle + reach - share), "arrayminus": 100 * (share - middle + reach)}


def _error_bars(rows: pd.DataFrame) -> dict[str, Any]:
    reach = {name: values.round(2).tolist() for name, values in _whiskers(rows).items()}
    return {"error_y": {"type": "data", "symmetric": False, "thickness": 1, "width": 3, "color": "#888888", **reach}}


def _lay_down(spec: dict[str, Any]) -> None:
    """Bars from left to right, the first on top, so that long names can be read."""
    for trace in spec["data"]:
        trace["x"], trace["y"] = trace["y"], trace["x"]
        trace["orientation"] = "h"
        if "error_y" in trace:
            trace["error_x"] = trace.pop("error_y")
    layout = spec["layout"]
    layout["xaxis"], layout["yaxis"] = layout["yaxis"], {"autorange": "reversed", "automargin": True}


def _spans(numbers: pd.Series) -> bool:
    return bool((numbers > 0).all() and numbers.max() >= LOG_FROM * numbers.min())


def _layout(variable: str, measure: str, top: float, log: bool, series: int) -> dict[str, Any]:
    unit = AS_THEY_ARE.get(measure, "percent")
    top = top if measure in AS_THEY_ARE else min(max(top, 5), 104)
    layout: dict[str, Any] = {
        "barmode": "group",
        "xaxis": {"title": {"text": variable}, "type": "log" if log else "-"},
        "yaxis": {"title": {"text": f"{TITLES.get(measure, measure)}, {unit}"}, "range": [0, top]},
        "legend": {"orientation": "h", "y": -0.24},
        "showlegend": series > 1,
        "margin": {"l": 50, "r": 10, "t": 10, "b": 40},
        "height": 340,
    }
    if measure == RATIO:
        baseline = {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": 1,
            "y1": 1,
            "line": {"dash": "dot", "color": "#888888"},
        }
        layout["shapes"] = [baseline]
    return layout


def curve_figures(curves: pd.DataFrame, names: Mapping[str, str] | None = None) -> list[StudyFigure]:
    """One figure per quantity, case and k of ``Study.curves()``: a line per attack, the mean over the images.

    Args:
        curves: relative to their start; those of the first seed are drawn.
        names: what people call a method.
    """
    if curves.empty:
        return []
    first = curves[curves["seed"] == curves["seed"].min()]
    first = first.assign(series=first["attack"].map(lambda method: (names or {}).get(method, method)))
    return [
        _curve(str(quantity), f"{CASES.get(str(case), str(case)).lower()}, k = {k}", rows)
        for (quantity, case, k), rows in first.groupby(["quantity", "case", "k"], sort=False)
    ]


def _curve(quantity: str, where: str, rows: pd.DataFrame) -> StudyFigure:
    """Means, and dotted the image whose curve fluctuates most."""
    name = QUANTITIES.get(quantity, quantity)
    data = []
    for number, (series, part) in enumerate(rows.groupby("series", sort=False)):
        colour = figures.COLOURS[number % len(figures.COLOURS)]
        line = {"type": "scatter", "mode": "lines", "x": part["step"].tolist(), "name": str(series)}
        line["legendgroup"] = str(series)
        mean, example = ((100 * part[column]).round(2).tolist() for column in ("mean", "example"))
        data.append({**line, "y": mean, "line": {"color": colour}})
        thin = {"color": colour, "dash": "dot", "width": 1}
        data.append({**line, "y": example, "line": thin, "opacity": 0.7, "showlegend": False})
    layout = _layout("step", name, 0, False, len(data))
    top = ROOM * 100 * float(rows["mean"].max())  # a single image may leave it
    layout["yaxis"] = {"title": {"text": "percent of its start"}, "range": [0, top]}
    table = rows.pivot_table(index="step", columns="series", values="mean", sort=False).reset_index()
    alt = f"{name} over the steps, in percent of its start, {where}; the table of numbers has the means."
    return StudyFigure(f"{name}, {where}", alt, {"data": data, "layout": layout}, table)
