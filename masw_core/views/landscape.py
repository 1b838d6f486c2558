"""A landscape as a Plotly figure: L as colour, the line where each constraint is just met, and the attacks' paths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from masw_core.views import rows
from masw_core.views.figures import rounded

import numpy as np

if TYPE_CHECKING:
    from masw_core.one_picture.landscape import Landscape, Path, Plane
    from masw_core.trace.trace import Trace

Spec = dict[str, Any]
LINES = 8  # constraints that are drawn
DASHES = {"rank": "solid", "flip": "dot", "keep": "dash"}
PATHS = ("#e0218a", "#138493", "#8f63d9", "#df7a22")
GOAL = "#17a673"
BELOW = -1e-6  # lines are drawn just below 0, where the plateaus of rank constraints begin


def figure(trace: Trace, landscape: Landscape, paths: Sequence[Path]) -> Spec:
    """The slice; what has not been computed is left empty."""
    a, b = landscape.a.tolist(), landscape.b.tolist()
    name = "L" if landscape.weighted else "half the squared violation"
    heat = {
        "type": "heatmap",
        "name": name,
        "x": a,
        "y": b,
        "z": _grid(np.sqrt(landscape.lagrangian)),
        "customdata": _grid(landscape.lagrangian),
        "colorscale": [[0, "rgba(63,127,224,0.04)"], [1, "rgba(63,127,224,0.75)"]],
        "zsmooth": "best",
        "colorbar": {"title": {"text": "√L" if landscape.weighted else "√"}, "thickness": 10},
        "hovertemplate": "(%{x:.2f}, %{y:.2f})<br>" + name + " %{customdata:.3g}<extra></extra>",
    }
    lines = [
        _zero(a, b, landscape.constraints[..., column], _called(trace, column), _look(trace, column))
        for column in drawn(trace, landscape)
    ]
    if _crosses(landscape.clearance):
        lines.append(
            _zero(a, b, landscape.clearance, "the goal is reached", {"color": GOAL, "width": 4, "dash": "solid"})
        )
    data = [heat, *lines, *(_path(path, PATHS[place % len(PATHS)]) for place, path in enumerate(paths))]
    return {
        "data": data,
        "layout": {
            "height": 560,
            "margin": {"l": 55, "r": 10, "t": 20, "b": 45},
            "xaxis": {"title": {"text": "towards the adversarial picture (1)"}, "range": [a[0], a[-1]]},
            "yaxis": {"title": {"text": "second direction"}, "range": [b[0], b[-1]]},
            "legend": {"orientation": "h", "y": -0.2, "yanchor": "top", "font": {"size": 11}},
            "hovermode": "closest",
        },
    }


def drawn(trace: Trace, landscape: Landscape) -> list[int]:
    """Columns of the constraints whose line crosses the slice, in the order of all views, at most ``LINES``."""
    values = landscape.constraints
    return [row.column for row in rows.constraint_rows(trace) if _crosses(values[..., row.column])][:LINES]


def outside(plane: Plane, paths: Sequence[Path]) -> list[str]:
    """How far the paths leave the plane, a sentence each."""
    said = []
    for path in paths:
        far = int(path.outside.argmax())
        said.append(
            f"{path.name}: at its farthest (step {path.steps[far]}) {path.outside[far]:.2f} outside the plane, "
            f"at its end {path.outside[-1]:.2f}; one unit along an axis is {plane.unit:.2f}."
        )
    return said


def _crosses(values: np.ndarray[Any, Any]) -> bool:
    """Whether some values are below 0 and some are not; a rank constraint that is just met stays at 0 for a while."""
    return bool(np.nanmin(values) < 0 <= np.nanmax(values))


def _called(trace: Trace, column: int) -> str:
    return rows.constraint_name(trace, column)


def _look(trace: Trace, column: int) -> Spec:
    colour = rows.COLOURS[rows.role_of(trace, trace.header["label"][column])]
    return {"color": colour, "width": 2, "dash": DASHES[trace.header["family"][column]]}


def _zero(a: list[float], b: list[float], values: np.ndarray[Any, Any], name: str, line: Spec) -> Spec:
    """The line where values reach 0 from below."""
    return {
        "type": "contour",
        "name": name,
        "x": a,
        "y": b,
        "z": _grid(values),
        "contours": {"start": BELOW, "end": BELOW, "size": 1, "coloring": "none"},
        "line": line,
        "showscale": False,
        "showlegend": True,
        "hoverinfo": "skip",
    }


def _path(path: Path, colour: str) -> Spec:
    told = [f"step {step}, {far:.2f} outside" for step, far in zip(path.steps, path.outside, strict=True)]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": path.name,
        "x": path.a.tolist(),
        "y": path.b.tolist(),
        "text": told,
        "line": {"color": colour, "width": 2.5},
        "marker": {"size": [12] + [5] * (len(path.a) - 2) + [14], "symbol": ["circle"] * (len(path.a) - 1) + ["star"]},
        "hovertemplate": f"{path.name}<br>%{{text}}<extra></extra>",
    }


def _grid(values: np.ndarray[Any, Any]) -> list[list[float | None]]:
    return [rounded(row) for row in values]
