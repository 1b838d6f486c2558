"""A comparison as plain Plotly specs, one line per attack with the first success marked, and its labels as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from masw_core.one_picture.standings import violation
from masw_core.views import rows
from masw_core.views.figures import rounded
from masw_core.views.sweep_figures import COLOURS

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
        data.append({**points, "mode": "lines", "x": list(range(len(trace))), "y": rounded(values), "line": line})
        if (first := trace.first_success) is not None:
            star = {"symbol": "star", "size": 13, "color": colour, "line": {"width": 1, "color": "#ffffff"}}
            there = {"x": [first], "y": rounded(values[first : first + 1])}
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


def confidences(
    traces: Mapping[str, Trace], steps: Mapping[str, int], names: Mapping[str, str], find: str = "", every: bool = False
) -> dict[str, list[Any]]:
    """The columns of a table: every label's confidence on the clean image and where each attack is read.

    Args:
        traces: the runs, on one image with one goal.
        steps: at which step each is read.
        names: what people call the methods.
        find, every: which rows, as in ``rows.picked``; see :func:`label_rows`.
    """
    shown = rows.picked(label_rows(traces), find, every)
    clean = next(iter(traces.values())).probabilities[0]
    table: dict[str, list[Any]] = {
        "label": [row.name for row in shown],
        "role": [row.role for row in shown],
        "clean": [float(clean[row.index]) for row in shown],
    }
    for method, trace in traces.items():
        table[names[method]] = [float(trace.probabilities[steps[method], row.index]) for row in shown]
    return table


def label_rows(traces: Mapping[str, Trace]) -> list[rows.LabelRow]:
    """The labels of a comparison; folded is what every one of its runs folds."""
    each = [rows.label_rows(trace) for trace in traces.values()]
    return [replace(same[0], folded=all(row.folded for row in same)) for same in zip(*each, strict=True)]
