"""Conflict at a step in figures, a table and sentences: who pulls against whom, and how much of the step is whose.

Figures are plain dict specs for Plotly; names and their order are those of ``rows``. Nothing here computes a gradient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from masw_core.views.rows import COLOURS, ROLES, constraint_name, role_of

import numpy as np

if TYPE_CHECKING:
    from masw_core.one_picture.conflict import Conflict
    from masw_core.trace.trace import Array, Trace

Spec = dict[str, Any]
DIVERGING = [[0, "#dc4562"], [0.5, "#eef0f2"], [1, "#3f7fe0"]]  # red: against each other, blue: together
MOST_TEXT, MOST_DIGITS = 10, 5  # constraints up to which cells hold their number, and with two digits
AGAINST, TOGETHER = -0.2, 0.5  # cosines beyond these are worth a sentence
SENTENCES = 3  # of pairs


def names(trace: Trace, conflict: Conflict) -> list[str]:
    """What every listed constraint asks of its label, such as ``"person out of top 3"``."""
    return [constraint_name(trace, int(column)) for column in conflict.column]


def order(trace: Trace, conflict: Conflict) -> list[int]:
    """Positions in reading order: true labels, targets, then the others, each by confidence on the clean image."""
    labels = [trace.header["label"][column] for column in conflict.column]
    families = [trace.header["family"][column] for column in conflict.column]
    return sorted(
        range(len(labels)),
        key=lambda i: (ROLES.index(role_of(trace, labels[i])), -trace.scores[0, labels[i]], families[i] != "rank"),
    )


def matrix(trace: Trace, conflict: Conflict) -> Spec:
    """Cosines between the gradients of the constraints, blue where they pull together and red where against."""
    places, called = order(trace, conflict), names(trace, conflict)
    listed = [called[i] for i in places]
    cosines = conflict.cosines[np.ix_(places, places)]
    heat = {
        "type": "heatmap",
        "x": listed,
        "y": listed,
        "z": [_rounded(row) for row in cosines],
        "colorscale": DIVERGING,
        "zmin": -1,
        "zmax": 1,
        "colorbar": {
            "orientation": "h",
            "y": 1,
            "yanchor": "bottom",
            "thickness": 10,
            "tickvals": [-1, 0, 1],
            "ticktext": ["against", "0", "together"],
        },
        "hovertemplate": "%{y}<br>%{x}<br>cosine %{z:.2f}<extra></extra>",
        "xgap": 1,
        "ygap": 1,
    }
    if len(listed) <= MOST_TEXT:
        digits, size = (2, 12) if len(listed) <= MOST_DIGITS else (1, 10)
        heat |= {"texttemplate": f"%{{z:.{digits}f}}", "textfont": {"size": size, "color": "#1c2430"}}
    layout = _layout(height=210 + 28 * len(listed))
    layout["xaxis"] = {"automargin": True, "tickangle": -60, "showgrid": False}
    layout["yaxis"] = {"automargin": True, "autorange": "reversed", "showgrid": False}
    return {"data": [heat], "layout": layout}


def shares(trace: Trace, conflict: Conflict) -> Spec | None:
    """How much of the step each constraint is, in percent; None where the attack's step is no such sum."""
    if conflict.shares is None:
        return None
    places, called = order(trace, conflict)[::-1], names(trace, conflict)
    marked = [called[i] + (" (given up)" if conflict.given_up[i] else "") for i in places]
    values = 100 * conflict.shares[places]
    facts = np.stack([conflict.weights[places], conflict.slack[places]], 1)
    roles = [role_of(trace, trace.header["label"][conflict.column[i]]) for i in places]
    bars: Spec = {
        "type": "bar",
        "orientation": "h",
        "y": marked,
        "x": _rounded(values),
        "text": [f"{round(value)} %" for value in values],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [_rounded(row) for row in facts],
        "marker": {
            "color": [COLOURS[role] for role in roles],
            "pattern": {"shape": ["/" if conflict.given_up[i] else "" for i in places]},
        },
        "hovertemplate": "%{y}<br>%{x:.1f} % of the step<br>weight %{customdata[0]:.2f}"
        "<br>slack %{customdata[1]:.3g}<extra></extra>",
    }
    layout = _layout(height=90 + 30 * len(marked))
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    room = 0.18 * (high - low)  # for the numbers outside
    layout["xaxis"] = {"title": {"text": "share of the step, %"}, "range": [low - room * (low < 0), high + room]}
    layout["yaxis"] = {"automargin": True, "ticklabelstandoff": 10}
    return {"data": [bars], "layout": layout}


def table(trace: Trace, conflict: Conflict) -> list[dict[str, Any]]:
    """The same in rows: slack, weight and share of each constraint, and whom it pulls against most."""
    called, rows = names(trace, conflict), []
    for i in order(trace, conflict):
        others = [j for j in range(len(conflict)) if j != i]
        rival = min(others, key=lambda j: conflict.cosines[i, j], default=None)
        opposed = rival is not None and conflict.cosines[i, rival] < 0
        rows.append(
            {
                "constraint": called[i],
                "slack": float(conflict.slack[i]),
                "weight": float(conflict.weights[i]),
                "share of the step": None if conflict.shares is None else float(conflict.shares[i]),
                "pulls most against": called[rival] if opposed and rival is not None else "",
                "cosine": float(conflict.cosines[i, rival]) if opposed and rival is not None else None,
                "given up": bool(conflict.given_up[i]),
            }
        )
    return rows


def sentences(trace: Trace, conflict: Conflict) -> list[str]:
    """What the matrix and the shares say, one claim a sentence, from the strongest opposition on."""
    if not len(conflict):
        return ["Every constraint is met at this step: nothing pulls."]
    called = [f"“{name}”" for name in names(trace, conflict)]
    pairs = conflict.pairs()
    said = [
        f"{called[j]} pulls against {called[i]} ({cosine:.2f})."
        for i, j, cosine in pairs[:SENTENCES]
        if cosine <= AGAINST
    ]
    if not said:
        weakest = f" (the lowest cosine is {pairs[0][2]:.2f})" if pairs else ""
        said = [f"No two constraints pull against each other at this step{weakest}."]
    if pairs and pairs[-1][2] >= TOGETHER:
        i, j, cosine = pairs[-1]
        said.append(f"{called[i]} and {called[j]} pull together ({cosine:.2f}).")
    said += _about_shares(conflict, called) + _about_given_up(conflict, called)
    if conflict.count > len(conflict):
        said.append(f"The {len(conflict)} constraints with the most to say of {conflict.count} are listed.")
    return said


def _about_shares(conflict: Conflict, called: list[str]) -> list[str]:
    if conflict.shares is None:
        return []
    first = int(np.argmax(conflict.shares))
    said = [
        f"{called[first]} makes {conflict.shares[first]:.0%} of the step, with weight {conflict.weights[first]:.2f}."
    ]
    last = int(np.argmin(conflict.shares))
    if conflict.shares[last] < -0.01:
        said.append(f"The step goes against {called[last]} (share {conflict.shares[last]:.0%}).")
    return said


def _about_given_up(conflict: Conflict, called: list[str]) -> list[str]:
    lost = [called[i] for i in np.flatnonzero(conflict.given_up)]
    if not lost:
        return []
    more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
    return [f"Given up by the end of the run: {', '.join(lost[:3])}{more}."]


def _rounded(values: Array) -> list[float]:
    return [float(f"{value:.4g}") for value in np.asarray(values, dtype=float)]


def _layout(height: int) -> Spec:
    return {"height": height, "margin": {"l": 20, "r": 20, "t": 10, "b": 40}, "showlegend": False}
