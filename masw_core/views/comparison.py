"""Figures of a comparison as plain Plotly specs: one line per attack, the first success marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from masw_core.one_picture.standings import violation
from masw_core.views.sweep_figures import COLOURS

import numpy as np

if TYPE_CHECKING:
    from masw_core.trace.trace import Array, Trace

DASHES = ("solid", "dash", "dot", "dashdot")
QUANTITIES: dict[str, tuple[str, Callable[[Trace], Array]]] = {
    "failure": ("failure degree, 0 to 2 (Eqs. 7 and 12)", lambda trace: trace.failure),
    "violation": ("squared violation of the constraints, logits²", violation),
    "norm": ("L2 norm of the perturbation", lambda trace: trace.norm),
}


def curves(traces: Mapping[str, Trace], quantity: str, names: Mapping[str, str]) -> dict[str, Any]:
    """A quantity of ``QUANTITIES`` over the steps; a star is the first success.

    Args:
        traces: the runs.
        quantity: which.
        names: what people call the methods.
    """
    title, values_of = QUANTITIES[quantity]
    data: list[dict[str, Any]] = []
    for number, (method, trace) in enumerate(traces.items()):
        values, colour = values_of(trace), COLOURS[number % len(COLOURS)]
        line = {"color": colour, "dash": DASHES[number % len(DASHES)], "width": 2.2}
        points: dict[str, Any] = {"type": "scatter", "name": names[method], "legendgroup": method}
        data.append({**points, "mode": "lines", "x": list(range(len(trace))), "y": _rounded(values), "line": line})
        if (first := trace.first_success) is not None:
            star = {"symbol": "star", "size": 13, "color": colour, "line": {"width": 1, "color": "#ffffff"}}
            there = {"x": [first], "y": _rounded(values[first : first + 1])}
            data.append(
                {**points, "mode": "markers", "cliponaxis": False, "showlegend": False, "marker": star, **there}
            )
    return {
        "data": data,
        "layout": {
            "height": 380,
            "margin": {"l": 60, "r": 20, "t": 10, "b": 45},
            "xaxis": {"title": {"text": "step"}},
            "yaxis": {"title": {"text": title}, "rangemode": "tozero"},
            "legend": {"orientation": "h", "y": 1.08, "x": 0},
            "hovermode": "x unified",
        },
    }


def _rounded(values: Array) -> list[float]:
    return [float(f"{value:.5g}") for value in np.asarray(values, dtype=float)]
