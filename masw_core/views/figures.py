"""Plotly figures of a run, as plain dict specs: for hovering, zooming and saving. The player shows what moves.

Every figure that has a step axis marks the cursor with a vertical line. Colours and shapes are those of ``rows``;
so are ``find`` and ``every``, which choose the rows of a figure that has rows (``rows.picked``).
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from masw_core.views import rows
from masw_core.weighting.branches import BRANCHES

import numpy as np

if TYPE_CHECKING:
    from masw_core.trace.trace import Trace

Spec = dict[str, Any]
DASHES = {"true": "solid", "target": "dash", "other": "dot"}
BRANCH_TEXT = {"start": "start", "fell": "L fell: ε grew", "rose": "L did not fall: ε averaged", "none": "no ε rule"}
BRANCH_SYMBOL = {"start": "circle", "fell": "circle", "rose": "triangle-up", "none": "circle"}
ROW_AXIS = {"automargin": True, "dtick": 1, "tickfont": {"size": 11}}  # a name beside every row


def labels_over_time(trace: Trace, step: int, find: str = "", every: bool = False) -> Spec:
    """The probability of every shown label at every step, with the 0.5 line and the k-th highest."""
    probabilities, t = trace.probabilities, _steps(trace)
    data = []
    for row in rows.picked(rows.label_rows(trace), find, every):
        faint = row.role == "other"
        line = {"color": rows.COLOURS[row.role], "dash": DASHES[row.role], "width": 1.2 if faint else 2.4}
        data.append(_line(row.name, t, probabilities[:, row.index], line, opacity=0.55 if faint else 1.0))
    kth = np.sort(probabilities, axis=1)[:, -trace.header["k"]]
    line = {"color": rows.COLOURS["accent"], "width": 2.4, "dash": "longdashdot"}
    data.append(_line(f"top {trace.header['k']} line", t, kth, line))
    layout = _layout("Confidence of every label", "step", "probability", height=430)
    layout["shapes"] = [_cursor(step), _level(0.5)]
    layout["yaxis"]["range"] = [-0.02, 1.02]
    return {"data": data, "layout": layout}


def slack_and_weights(trace: Trace, step: int, find: str = "", every: bool = False) -> Spec:
    """Slack of every shown constraint at one step with the epsilon line, and its weight beside it."""
    bars = rows.picked(rows.constraint_rows(trace), find, every)[::-1]
    names = [rows.text_of(bar) for bar in bars]
    columns = [bar.column for bar in bars]
    colours = [rows.COLOURS[bar.role] for bar in bars]
    slack, weights = trace.slack[step, columns], np.nan_to_num(trace.weights[step, columns], nan=1.0)
    data = [
        _bars("slack", names, slack, colours, "x"),
        _bars("weight", names, weights, colours, "x2"),
    ]
    height = 120 + _pitch(bars) * len(bars)
    layout = _layout(f"Slack and weight at step {step}", f"slack ({trace.header['space']})", "", height)
    layout["xaxis"]["domain"], layout["yaxis"] = [0, 0.64], dict(ROW_AXIS)
    layout["xaxis2"] = {"title": {"text": "weight"}, "domain": [0.7, 1], "anchor": "y", "range": [0, 1.02]}
    layout["showlegend"] = False
    epsilon = float(trace.epsilon[step])
    if np.isfinite(epsilon):
        line = {"color": rows.COLOURS["rose"], "dash": "dash", "width": 2}
        layout["shapes"] = [
            {"type": "line", "xref": "x", "yref": "paper", "x0": epsilon, "x1": epsilon, "y0": 0, "y1": 1, "line": line}
        ]
        layout["annotations"] = [
            {"x": epsilon, "y": 1, "yref": "paper", "yanchor": "bottom", "text": f"ε {epsilon:.3g}", "showarrow": False}
        ]
    return {"data": data, "layout": layout}


def schedule(trace: Trace, step: int) -> Spec:
    """Epsilon over the steps, coloured by the branch of Algorithm 1, and the Lagrangian below it."""
    t = _steps(trace)
    data = []
    for code, branch in enumerate(BRANCHES):
        here = (trace.branch == code) & np.isfinite(trace.epsilon)
        if not here.any():
            continue
        marker = {"color": rows.COLOURS[branch], "symbol": BRANCH_SYMBOL[branch], "size": 6}
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": BRANCH_TEXT[branch],
                "x": t[here].tolist(),
                "y": rounded(trace.epsilon[here]),
                "marker": marker,
                "yaxis": "y2",
            }
        )
    data.append(_line("Lagrangian", t, trace.lagrangian, {"color": rows.COLOURS["accent"], "width": 2}))
    layout = _layout("ε and the Lagrangian", "step", "Lagrangian", height=430)
    layout["yaxis"]["domain"] = [0, 0.46] if len(data) > 1 else [0, 1]
    if len(data) > 1:
        layout["yaxis2"] = {"title": {"text": "ε"}, "domain": [0.56, 1], "anchor": "x"}
    layout["shapes"] = [_cursor(step)]
    return {"data": data, "layout": layout}


def constraint_map(trace: Trace, step: int, find: str = "", every: bool = False) -> Spec:
    """Every shown constraint at every step: its signed value, blue where it is met and red where violated."""
    bars = rows.picked(rows.constraint_rows(trace), find, every)[::-1]
    columns = [bar.column for bar in bars]
    values, weights = trace.constraints[:, columns].T, np.nan_to_num(trace.weights[:, columns].T, nan=1.0)
    most = float(np.abs(values).max(initial=1e-6))
    heat = {
        "type": "heatmap",
        "x": _steps(trace).tolist(),
        "y": [rows.text_of(bar) for bar in bars],
        "z": [rounded(row) for row in values],
        "customdata": [rounded(row) for row in weights],
        "colorscale": [[0, "#dc4562"], [0.5, "#eef0f2"], [1, "#3f7fe0"]],
        "zmin": -most,
        "zmax": most,
        "colorbar": {"title": {"text": "value"}, "thickness": 12},
        "hovertemplate": "step %{x}<br>%{y}<br>value %{z:.3g}<br>weight %{customdata:.2f}<extra></extra>",
    }
    layout = _layout("Every constraint at every step", "step", "", height=120 + _pitch(bars) * len(bars))
    layout["yaxis"] = dict(ROW_AXIS)
    layout["shapes"] = [_cursor(step)]
    return {"data": [heat], "layout": layout}


MEASURE_NAMES = {
    "lc": "LC (Eq. 1)",
    "slc": "soft LC (Eq. 5)",
    "lf": "LF (Eq. 2)",
    "slf": "soft LF (Eq. 6)",
    "ac": "AC (Eq. 3)",
    "soft_ac": "soft AC (Eq. S.2)",
}


def measures_over_time(trace: Trace, step: int) -> Spec:
    """The six measures at every step, the old ones dotted, and the norm on an axis of its own."""
    t, palette = _steps(trace), (rows.COLOURS["true"], rows.COLOURS["target"], rows.COLOURS["best"])
    data = []
    for i, (name, values) in enumerate(trace.measures().items()):
        line = {"color": palette[i // 2], "dash": "dot" if i % 2 == 0 else "solid", "width": 2}
        data.append(_line(MEASURE_NAMES[name], t, values, line))
    data.append({**_line("‖z‖", t, trace.norm, {"color": rows.COLOURS["other"], "width": 2}), "yaxis": "y2"})
    layout = _layout("Measures over the steps", "step", "measure", height=400)
    layout["yaxis2"] = {"title": {"text": "‖z‖"}, "overlaying": "y", "side": "right", "showgrid": False}
    layout["shapes"] = [_cursor(step)]
    return {"data": data, "layout": layout}


def _pitch(bars: list[rows.ConstraintRow]) -> int:
    """Pixels per row: closer together where there are many."""
    return 24 if len(bars) <= 2 * rows.MOST else 16


def _steps(trace: Trace) -> np.ndarray[Any, Any]:
    return np.arange(len(trace))


def rounded(values: np.ndarray[Any, Any]) -> list[float | None]:
    """JSON-able numbers, rounded to five digits; None where there is none."""
    return [float(f"{value:.5g}") if isfinite(value) else None for value in np.asarray(values, dtype=float).tolist()]


def _line(name: str, x: np.ndarray[Any, Any], y: np.ndarray[Any, Any], line: Spec, opacity: float = 1.0) -> Spec:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": x.tolist(),
        "y": rounded(y),
        "line": line,
        "opacity": opacity,
    }


def _bars(name: str, names: list[str], values: np.ndarray[Any, Any], colours: list[str], axis: str) -> Spec:
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "y": names,
        "x": rounded(values),
        "xaxis": axis,
        "marker": {"color": colours},
        "hovertemplate": "%{y}<br>" + name + " %{x:.4g}<extra></extra>",
    }


def _cursor(step: int) -> Spec:
    line = {"color": rows.COLOURS["accent"], "width": 2}
    return {"type": "line", "x0": step, "x1": step, "yref": "paper", "y0": 0, "y1": 1, "line": line}


def _level(y: float) -> Spec:
    line = {"color": rows.COLOURS["other"], "width": 1, "dash": "dash"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": line}


def _layout(title: str, x: str, y: str, height: int) -> Spec:
    return {
        "title": {"text": title},
        "height": height,
        "margin": {"l": 60, "r": 20, "t": 50, "b": 45},
        "xaxis": {"title": {"text": x}},
        "yaxis": {"title": {"text": y}},
        "hovermode": "closest",
        "legend": {"font": {"size": 11}},
    }
