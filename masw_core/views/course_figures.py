"""Small figures of the course as Vega-Lite specs: scores, the loss behind the weights, rates over the radius."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray[Any, Any]
Spec = dict[str, Any]
TRUE, TARGET, OTHER = "true label", "target", "other label"
ROLES = (TRUE, TARGET, OTHER)
COLOURS = ("#2f7de1", "#d9722e", "#8a95a1")  # readable on light and on dark
SERIES = {"pull": "#d9722e", "loss": "#2f7de1"}
ATTACK_TITLES = {
    "masw": "MASW (SPW)",
    "masw+weighting=fixed": "fixed ε",
    "masw+weighting=uniform": "uniform weights",
    "tkml": "TkML",
}
ATTACK_COLOURS = ("#2f7de1", "#8f63d2", "#d9722e", "#2a9d6f")


def scores(
    names: Sequence[str], roles: Sequence[str], values: Array, k: int, most: int = 12, height: int = 330
) -> Spec:
    """Bars of the highest scores; those of the top k are filled, the others faint.

    Args:
        names: C labels. roles: of ``ROLES``. values: (C,) logits.
        k: how many count.
        most: bars at most, the highest; true labels and targets are always among them.
    """
    order = np.argsort(-values, kind="stable")
    kept = [int(j) for place, j in enumerate(order) if place < most or roles[j] != OTHER]
    rank = {int(j): place for place, j in enumerate(order, start=1)}
    rows = [
        {
            "label": names[j],
            "role": roles[j],
            "logit": round(float(values[j]), 3),
            "rank": rank[j],
            "place": f"in the top {k}" if rank[j] <= k else f"below the top {k}",
        }
        for j in kept
    ]
    position = {
        "field": "label",
        "type": "nominal",
        "sort": {"field": "rank"},
        "title": None,
        "axis": {"labelLimit": 110, "labelOverlap": False, "ticks": False},
    }
    bars = {
        "mark": {"type": "bar", "height": {"band": 0.7}},
        "encoding": {
            "y": position,
            "x": {"field": "logit", "type": "quantitative", "title": "score (logit; predicted from 0 on)"},
            "color": _colour("role", ROLES, COLOURS),
            "opacity": {"condition": {"test": f"datum.rank <= {k}", "value": 1}, "value": 0.35},
            "tooltip": [{"field": name} for name in ("label", "role", "logit", "rank", "place")],
        },
    }
    half = {"mark": {"type": "rule", "strokeDash": [3, 3], "aria": False}, "encoding": {"x": {"datum": 0}}}
    return {"data": {"values": rows}, "height": height, "layer": [bars, half]}


def knee(slack: Array, weight: Array, pull: Array, loss: Array, epsilon: float, height: int = 250) -> Spec:
    """Weight, pull and implied loss over the slack, in three small panels with the knee marked."""
    half_square = slack**2 / 2
    panels = []
    for title, values, dashed in (
        ("weight w", weight, None),
        ("pull w · slack", pull, slack),
        ("loss: its integral", loss, half_square),
    ):
        layers = [_line(_rows(slack, values), title)]
        if dashed is not None:
            near = [row for row in _rows(slack, dashed) if row["value"] <= max(values) * 1.6]
            layers.append(_line(near, title, dashed=True))
        layers.append({"data": {"values": [{"slack": epsilon}]}, **_knee_mark()})
        panels.append({"title": title, "width": 165, "height": height, "layer": layers})
    return {"hconcat": panels}


def _rows(slack: Array, values: Array) -> list[dict[str, float]]:
    return [{"slack": round(float(s), 4), "value": round(float(v), 5)} for s, v in zip(slack, values, strict=True)]


def _line(rows: list[dict[str, float]], title: str, dashed: bool = False) -> Spec:
    return {
        "data": {"values": rows},
        "mark": {"type": "line", "clip": True, **({"strokeDash": [4, 4], "color": COLOURS[2]} if dashed else {})},
        "encoding": {
            "x": {"field": "slack", "type": "quantitative", "title": "slack", "axis": {"tickCount": 4}},
            "y": {"field": "value", "type": "quantitative", "title": None, "axis": {"tickCount": 5}},
            "tooltip": [{"field": "slack"}, {"field": "value", "title": title}],
        },
    }


def _knee_mark() -> Spec:
    return {
        "mark": {"type": "rule", "color": COLOURS[1], "strokeDash": [5, 3], "aria": False},
        "encoding": {"x": {"field": "slack", "type": "quantitative"}},
    }


def over_radius(table: pd.DataFrame, measure: str, title: str, height: int = 270) -> Spec:
    """Lines of one rate over the radius, a colour and a shape per attack.

    Args:
        table: one row per attack and radius: ``attack``, ``tau_share``, and the measure as a share from 0 to 1.
    """
    rows = [
        {
            "attack": ATTACK_TITLES.get(attack, attack),
            "radius": float(share),
            "value": round(100 * float(value), 1),
        }
        for attack, share, value in zip(table["attack"], table["tau_share"], table[measure], strict=True)
    ]
    named = tuple(name for name in ATTACK_TITLES.values() if name in {row["attack"] for row in rows})
    return {
        "data": {"values": rows},
        "height": height,
        "mark": {"type": "line", "point": {"size": 55}},
        "encoding": {
            "x": {
                "field": "radius",
                "type": "quantitative",
                "title": "radius, as a share of the recommended one",
                "scale": {"zero": False},
                "axis": {"values": sorted({row["radius"] for row in rows})},
            },
            "y": {"field": "value", "type": "quantitative", "title": title},
            "color": _colour("attack", named, ATTACK_COLOURS),
            "shape": {"field": "attack", "type": "nominal", "scale": {"domain": list(named)}, "legend": None},
            "tooltip": [{"field": "attack"}, {"field": "radius"}, {"field": "value", "title": title}],
        },
    }


def _colour(field: str, domain: Sequence[str], colours: Sequence[str]) -> Spec:
    return {
        "field": field,
        "type": "nominal",
        "scale": {"domain": list(domain), "range": list(colours[: len(domain)])},
        "legend": {"orient": "top", "title": None},
    }
