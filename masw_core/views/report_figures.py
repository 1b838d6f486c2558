"""Figures of a whole run that stand still: confidences before and after, slack and weights over the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from masw_core.views import rows
from masw_core.views.figures import ROW_AXIS, Spec, rounded
from masw_core.views.sweep_figures import COLOURS

import numpy as np

if TYPE_CHECKING:
    from masw_core.trace.trace import Trace


def clean_to_now(trace: Trace, step: int, find: str = "", every: bool = False) -> Spec:
    """Every shown label's probability on the clean image (hollow) and at a step (filled), joined by a line.

    The vertical lines are 0.5 and the k-th highest probability at the step: what is right of it is in the top k.
    """
    shown = rows.picked(rows.label_rows(trace), find, every)[::-1]
    labels, names = [row.index for row in shown], [row.name for row in shown]
    clean, now = rounded(trace.probabilities[0, labels]), rounded(trace.probabilities[step, labels])
    colours, symbols = [rows.COLOURS[row.role] for row in shown], [rows.SYMBOLS[row.role] for row in shown]
    way: Spec = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "showlegend": False}
    way |= {"line": {"color": rows.COLOURS["other"], "width": 1.5}}
    way["x"] = [value for pair in zip(clean, now, strict=True) for value in (*pair, None)]
    way["y"] = [value for name in names for value in (name, name, None)]
    hollow = {"symbol": [f"{symbol}-open" for symbol in symbols], "color": colours, "size": 10}
    filled = {"symbol": symbols, "color": colours, "size": 10}
    data = [way, _dots("clean", clean, names, hollow), _dots(f"step {step}", now, names, filled)]
    kth = float(np.sort(trace.probabilities[step])[-trace.header["k"]])
    layout = _layout(110 + 22 * len(shown))
    layout["xaxis"] = {"title": {"text": "probability"}, "range": [-0.02, 1.02]}
    layout["yaxis"] = dict(ROW_AXIS)
    layout["legend"] = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"}
    layout["shapes"] = [_upright(0.5, rows.COLOURS["other"], 1), _upright(kth, rows.COLOURS["accent"], 2)]
    layout["annotations"] = [{"x": kth, "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False}]
    layout["annotations"][0]["text"] = f"top {trace.header['k']} line"
    return {"data": data, "layout": layout}


def slack_over_time(trace: Trace, step: int, find: str = "", every: bool = False) -> Spec:
    """Slack of every shown constraint at every step with epsilon on top of it, and the weights that follow below."""
    shown, t = rows.picked(rows.constraint_rows(trace), find, every), list(range(len(trace)))
    data: list[Spec] = []
    for number, row in enumerate(shown):
        line = {"color": COLOURS[number % len(COLOURS)], "width": 1.6}
        one = {"type": "scatter", "mode": "lines", "name": rows.text_of(row), "x": t, "legendgroup": str(row.column)}
        data.append({**one, "y": rounded(trace.slack[:, row.column]), "line": line, "yaxis": "y2"})
        weights = np.nan_to_num(trace.weights[:, row.column], nan=1.0)
        data.append({**one, "y": rounded(weights), "line": line, "showlegend": False})
    if np.isfinite(trace.epsilon).any():
        line = {"color": rows.COLOURS["rose"], "width": 2.6, "dash": "dash"}
        epsilon = {"type": "scatter", "mode": "lines", "name": "ε", "x": t, "y": rounded(trace.epsilon)}
        data.append({**epsilon, "line": line, "yaxis": "y2"})
    layout = _layout(540)
    layout["xaxis"] = {"title": {"text": "step"}}
    layout["yaxis"] = {"title": {"text": "weight"}, "domain": [0, 0.4]}
    layout["yaxis2"] = {"title": {"text": f"slack ({trace.header['space']})"}, "domain": [0.48, 1], "anchor": "x"}
    layout["shapes"] = [_upright(step, rows.COLOURS["accent"], 2)]
    return {"data": data, "layout": layout}


def _dots(name: str, x: list[float | None], y: list[str], marker: Spec) -> Spec:
    told = "%{y}<br>%{fullData.name} %{x:.4f}<extra></extra>"
    return {"type": "scatter", "mode": "markers", "name": name, "x": x, "y": y, "marker": marker, "hovertemplate": told}


def _upright(x: float, colour: str, width: float) -> Spec:
    line = {"color": colour, "width": width}
    return {"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "layer": "below", "line": line}


def _layout(height: int) -> dict[str, Any]:
    margin = {"l": 60, "r": 20, "t": 50, "b": 45}
    return {"height": height, "margin": margin, "hovermode": "closest", "legend": {"font": {"size": 11}}}
