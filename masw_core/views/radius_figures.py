"""Figures of results over the radius as plain Plotly specs: a line per method, a panel per case and k."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from masw_core.benchmark.radii import PLACE, radii_of
from masw_core.benchmark.summary import over_seeds
from masw_core.views import sweep_figures as figures
from masw_core.views.study_figures import CASES, StudyFigure

import pandas as pd

MEASURES = ("asr", "sasr", "lfr", "afd")  # in this order
TITLES = {**{name: figures.TITLES[name] for name in MEASURES}, "afd_area": "Area under AFD"}
UNITS = {"asr": "percent", "sasr": "percent", "lfr": "percent", "afd": "0 to 2, lower is better"}
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "cross", "star", "hexagon")  # what colour says, too
DODGE = 0.05  # of the distance between two radii: intervals stand beside each other
HEIGHT = 360
GREY = "#888888"


def scale_of(measure: str) -> int:
    """Rates are shown in percent, degrees as they are."""
    return 100 if UNITS.get(measure) == "percent" else 1


def signed(value: float, measure: str) -> str:
    """A difference as text: points with one digit, degrees with two; no minus before nought."""
    digits = 1 if scale_of(measure) == 100 else 2
    return f"{round(scale_of(measure) * value, digits) + 0.0:+.{digits}f}".replace("-", "−")


def over_tau(table: pd.DataFrame, measure: str) -> list[StudyFigure]:
    """A measure of every method over the radius, mean over the seeds.

    Args:
        table: rows of the benchmark at several radii.
        measure: one of ``MEASURES``.
    """
    means, scale, panels = over_seeds(table), scale_of(measure), []
    top = 104 if scale == 100 else 2.08
    digits = 1 if scale == 100 else 2
    styles = _styles(list(table["attack"].unique()))
    for title, rows in _panels(means):
        data = []
        for attack, part in rows.groupby("attack", sort=False):
            part = part.sort_values("tau_share")
            spread = [
                f"{scale * value:.{digits}f}" + (f" ± {scale * about:.{digits}f}" if seeds > 1 else "")
                for value, about, seeds in zip(part[measure], part[f"{measure}_spread"], part["seeds"], strict=True)
            ]
            data.append(
                _line(attack, part["tau_share"].tolist(), (scale * part[measure]).round(3).tolist(), styles[attack])
                | {"customdata": spread, "hovertemplate": "%{customdata}"}
            )
        layout = _layout(radii_of(rows), f"{TITLES[measure]}, {UNITS[measure]}", [0, top])
        layout["hovermode"] = "x unified"
        alt = f"Lines: {TITLES[measure]} of {len(data)} methods over tau, {title}; the table below has the numbers."
        panels.append(StudyFigure(title, alt, {"data": data, "layout": layout}, rows))
    return panels


def differences_over_tau(
    differences: pd.DataFrame, measure: str, baseline: str, order: Sequence[str]
) -> list[StudyFigure]:
    """Every method minus a baseline over the radius, with intervals.

    Args:
        differences: ``paired.paired_differences``.
        measure: one of ``MEASURES``.
        baseline: what was subtracted, the line at zero.
        order: the methods as :func:`over_tau` had them, so that they keep their colours.
    """
    scale, panels = scale_of(measure), []
    styles, names = _styles(order), [name for name in order if name in set(differences["attack"])]
    unit = "points" if scale == 100 else "lower is better"
    furthest = float(differences[[f"{measure}_low", f"{measure}_high"]].abs().max(axis=None))
    reach = 1.05 * max(scale * furthest, 5 if scale == 100 else 0.05)
    for title, rows in _panels(differences):
        radii = radii_of(rows)
        step = DODGE * min((b - a for a, b in pairwise(radii)), default=1.0)
        data = []
        for attack, part in rows.groupby("attack", sort=False):
            part = part.sort_values("tau_share")
            place = (names.index(attack) - (len(names) - 1) / 2) * step
            middle, low, high = (scale * part[name] for name in (measure, f"{measure}_low", f"{measure}_high"))
            bars = {"type": "data", "symmetric": False, "array": (high - middle).round(3).tolist()}
            bars |= {"arrayminus": (middle - low).round(3).tolist(), "thickness": 1.5, "width": 3}
            ends = (part[f"{measure}_low"], part[f"{measure}_high"])
            told = [
                f"τ × {share:g}: {signed(mean, measure)} [{signed(left, measure)}, {signed(right, measure)}]"
                for share, mean, left, right in zip(part["tau_share"], part[measure], *ends, strict=True)
            ]
            data.append(
                _line(attack, (part["tau_share"] + place).tolist(), middle.round(3).tolist(), styles[attack])
                | {"error_y": bars, "customdata": told, "hovertemplate": "%{customdata}<extra>%{fullData.name}</extra>"}
            )
        layout = _layout(radii, f"{TITLES[measure]} − baseline, {unit}", [-reach, reach])
        layout["shapes"] = [
            {
                "type": "line",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": 0,
                "y1": 0,
                "line": {"dash": "dot", "color": GREY},
            }
        ]
        alt = f"Lines with intervals: {TITLES[measure]} of {len(data)} methods minus {baseline} over tau, {title}."
        panels.append(StudyFigure(title, alt, {"data": data, "layout": layout}, rows))
    return panels


def _panels(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    several = [name for name in ("dataset", "model") if rows[name].nunique() > 1]
    for place, part in rows.groupby(PLACE, sort=False):
        facts = dict(zip(PLACE, place, strict=True))
        case = CASES.get(str(facts["case"]), str(facts["case"]))
        yield ", ".join([*(str(facts[name]) for name in several), case, f"k = {facts['k']}"]), part


def _styles(names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Colour and symbol of every method; more than there are colours differ by their dashes."""
    count = len(figures.COLOURS)
    return {
        name: {
            "line": {
                "color": figures.COLOURS[number % count],
                "width": 2,
                "dash": ("solid", "dash")[number // count % 2],
            },
            "marker": {"symbol": SYMBOLS[number % len(SYMBOLS)], "size": 8},
        }
        for number, name in enumerate(names)
    }


def _line(name: str, x: list[float], y: list[float], style: dict[str, Any]) -> dict[str, Any]:
    return {"type": "scatter", "mode": "lines+markers", "name": name, "legendgroup": name, "x": x, "y": y, **style}


def _layout(radii: list[float], title: str, limits: list[float]) -> dict[str, Any]:
    ticks = {"tickmode": "array", "tickvals": radii, "ticktext": [f"{share:g}" for share in radii]}
    return {
        "xaxis": {"title": {"text": "share of τ"}, **ticks},
        "yaxis": {"title": {"text": title}, "range": limits},
        "legend": {"orientation": "h", "y": -0.24},
        "margin": {"l": 50, "r": 10, "t": 10, "b": 40},
        "height": HEIGHT,
    }
