"""Two runs of the same attack under one cursor, as it ran and with weights set by hand: curves, numbers, a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from masw_core.views.figures import rounded
from masw_core.views.rows import COLOURS, constraint_name

import numpy as np

if TYPE_CHECKING:
    from masw_core.trace.trace import Array, Trace

Spec = dict[str, Any]
AS_RUN, BY_HAND = "as it ran", "by hand"
DASHES = {AS_RUN: "dot", BY_HAND: "solid"}
PALETTE = ("#3f7fe0", "#df7a22", "#8f63d9", "#17a673", "#dc4562")
MOST = len(PALETTE)  # constraints that have a curve of their own


def notation(trace: Trace, column: int) -> str:
    """What a constraint is called in ``manual_weights``, such as ``"flip:person"``."""
    header = trace.header
    return f"{header['family'][column]}:{header['labels'][header['label'][column]]}"


def curves(first: Trace, second: Trace, step: int, columns: Sequence[int]) -> Spec:
    """Failure degree, slack of the changed constraints and confidence of their labels over the steps, both runs.

    Args:
        first, second: dotted as it ran, solid by hand; the second may still be going on.
        step: where the cursor is.
        columns: the constraints whose weight was changed; the first five get a curve.
    """
    shown, data = list(columns)[:MOST], []
    for title, trace in ((AS_RUN, first), (BY_HAND, second)):
        line = {"color": COLOURS["accent"], "dash": DASHES[title], "width": 2.2}
        data.append(_line(f"failure degree, {title}", trace.failure, line, "y", show=True))
        for colour, column in zip(PALETTE, shown, strict=False):
            line = {"color": colour, "dash": DASHES[title], "width": 2.2}
            name = f"{constraint_name(first, column)}, {title}"
            data.append(_line(name, trace.slack[:, column], line, "y2", show=True))
        colours = {first.header["label"][column]: colour for colour, column in zip(PALETTE, shown, strict=False)}
        for label, colour in colours.items():
            line = {"color": colour, "dash": DASHES[title], "width": 2.2}
            name = f"{first.header['labels'][label]}, {title}"
            data.append(_line(name, trace.probabilities[:, label], line, "y3"))
    cursor = {"type": "line", "x0": step, "x1": step, "yref": "paper", "y0": 0, "y1": 1}
    level = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y3", "y0": 0.5, "y1": 0.5}
    layout = {
        "height": 640,
        "margin": {"l": 60, "r": 20, "t": 10, "b": 45},
        "xaxis": {"title": {"text": "step"}, "anchor": "y3", "range": [0, len(first) - 1]},
        "yaxis": {"title": {"text": "failure degree"}, "domain": [0.7, 1], "rangemode": "tozero"},
        "yaxis2": {"title": {"text": "slack"}, "domain": [0.36, 0.64], "rangemode": "tozero"},
        "yaxis3": {"title": {"text": "probability"}, "domain": [0, 0.3], "range": [-0.03, 1.03]},
        "shapes": [
            {**cursor, "line": {"color": COLOURS["accent"], "width": 2}},
            {**level, "line": {"color": COLOURS["other"], "width": 1, "dash": "dash"}},
        ],
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"size": 12}},
        "hovermode": "closest",
    }
    return {"data": data, "layout": layout}


def numbers(first: Trace, second: Trace, step: int, columns: Sequence[int]) -> list[dict[str, Any]]:
    """Both runs at one step, in rows; the second is read at its last step while it has not come that far."""
    there = min(step, len(second) - 1)
    at = ((first, step), (second, there))
    rows: list[dict[str, Any]] = [
        _row("goal reached", [bool(trace.success[t]) for trace, t in at], lambda yes: "yes" if yes else "no"),
        _row("failure degree", [trace.failure[t] for trace, t in at]),
        _row("constraints met", [_met(trace, t) for trace, t in at], str),
        _row("norm", [trace.norm[t] for trace, t in at]),
    ]
    for column in columns:
        name = constraint_name(first, column)
        rows.append(_row(f"weight: {name}", [_weight(trace, t, column) for trace, t in at]))
        rows.append(_row(f"slack: {name}", [trace.slack[t, column] for trace, t in at]))
    for label in dict.fromkeys(first.header["label"][column] for column in columns):
        name = first.header["labels"][label]
        rows.append(_row(f"probability: {name}", [trace.probabilities[t, label] for trace, t in at]))
    return rows


def verdict(first: Trace, second: Trace, step: int) -> str:
    """What the weights brought by this step: how many constraints hold, which were won and which were lost."""
    step = min(step, len(second) - 1)
    before, now = first.constraints[step] >= 0, second.constraints[step] >= 0
    won, lost = np.flatnonzero(now & ~before), np.flatnonzero(before & ~now)
    said = (
        f"At step {step}, {int(now.sum())} of {len(now)} constraints are met by hand and {int(before.sum())} as it ran."
    )
    if len(won):
        said += f" Won: {_names(first, won)}."
    if len(lost):
        said += f" Lost: {_names(first, lost)}."
    if not len(won) and not len(lost):
        change = float(second.failure[step] - first.failure[step])
        same = (
            "the failure degree is the same" if abs(change) < 5e-4 else f"the failure degree changes by {change:+.3f}"
        )
        said += f" They are the same ones; {same}."
    return said


def _names(trace: Trace, columns: Array) -> str:
    names = [constraint_name(trace, int(column)) for column in columns]
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _met(trace: Trace, step: int) -> str:
    return f"{int((trace.constraints[step] >= 0).sum())} of {trace.constraints.shape[1]}"


def _weight(trace: Trace, step: int, column: int) -> float:
    return float(np.nan_to_num(trace.weights[step, column], nan=1.0))


def _row(name: str, values: Sequence[Any], written: Any = "{:.3f}".format) -> dict[str, Any]:
    return {"": name, AS_RUN: written(values[0]), BY_HAND: written(values[1])}


def _line(name: str, y: Array, line: Spec, axis: str, show: bool = False) -> Spec:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": list(range(len(y))),
        "y": rounded(y),
        "line": line,
        "yaxis": axis,
        "showlegend": show,
        "hovertemplate": f"{name}<br>step %{{x}}: %{{y:.3g}}<extra></extra>",
    }
