"""What every control of the playground says when nobody has touched it. No torch.

A preset has to set all of them: a key that is merely deleted comes back from the URL.
"""

from __future__ import annotations

from typing import Any

from masw_core.toy.layouts import LAYOUTS
from masw_core.toy.names import FILM_TITLES, OWN, PROBLEM_TITLES

# Three stripes of points, {1}, {1, 2}, {2}: wherever one of the two labels is off, the other one is on.
STRIPES = "AABAfBA_BNABNfBN_BfADfPDffDfvDf_DxACxfCx_C_AC_fC__C"
SQUARE = ((-1.0, -1.0), (1.0, 1.0))

SHARED: dict[str, Any] = {
    "play_problem": "film",
    "play_mode": "run",
    "play_attacks": list(FILM_TITLES),
    "play_weighting": ["spw"],
    "play_steps": 200,
    "play_step": 0.03,
    "play_tau": 2.5,
    "play_rule": "unit",
    "play_space": "logit",
    "play_epsilon": 0.1,
    "play_eta": 1.01,
    "play_tint": "predicted",
    "play_view": "regions",
    "play_brush": ["1"],
}


def of_problem(problem: str) -> dict[str, Any]:
    """The controls that exist once per problem."""
    layout = LAYOUTS.get(problem)
    (x0, y0), (x1, y1) = layout.box if layout else SQUARE
    start = layout.start if layout else (0.0, 0.0)
    middle = (y0 + y1) / 2
    points = (layout.candidates if layout else ()) or ((0.6 * x0, middle), (0.6 * x1, middle))
    values = {
        "true": list(layout.true) if layout else ["1", "2"],
        "target": list(layout.target) if layout else [],
        "k": layout.k if layout else 1,
        **dict(zip(("x", "y", "x1", "y1", "x2", "y2"), (*start, *points[0], *points[1]), strict=True)),
    }
    if problem == OWN:
        values["points"] = STRIPES
    return {f"play_{problem}_{name}": value for name, value in values.items()}


def everything() -> dict[str, Any]:
    """All controls at once."""
    found = dict(SHARED)
    for problem in PROBLEM_TITLES:
        found |= of_problem(problem)
    return found
