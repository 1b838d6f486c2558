"""What every control of the playground says when nobody has touched it. No torch.

A preset has to set all of them: a key that is merely deleted comes back from the URL.
"""

from __future__ import annotations

from typing import Any

from masw_core.toy.layouts import LAYOUTS
from masw_core.toy.names import OWN, PROBLEM_TITLES
from pages.shared.links import PLAYGROUND
from pages.shared.parameters import Parameter

# Three stripes of points, {1}, {1, 2}, {2}: wherever one of the two labels is off, the other one is on.
STRIPES = "AABAfBA_BNABNfBN_BfADfPDffDfvDf_DxACxfCx_C_AC_fC__C"
SQUARE = ((-1.0, -1.0), (1.0, 1.0))
POINTS = PLAYGROUND.of_problem(OWN, "points", STRIPES)  # the painted ones, as text


def problem_parameters(problem: str) -> dict[str, Parameter]:
    """The controls that exist once per problem, by name."""
    layout = LAYOUTS.get(problem)
    (x0, y0), (x1, y1) = layout.box if layout else SQUARE
    start = layout.start if layout else (0.0, 0.0)
    middle = (y0 + y1) / 2
    points = (layout.candidates if layout else ()) or ((0.6 * x0, middle), (0.6 * x1, middle))
    values = {
        "true": layout.true if layout else ("1", "2"),
        "target": layout.target if layout else (),
        "k": layout.k if layout else 1,
        **dict(zip(("x", "y", "x1", "y1", "x2", "y2"), (*start, *points[0], *points[1]), strict=True)),
    }
    found = {name: PLAYGROUND.of_problem(problem, name, value) for name, value in values.items()}
    return found | ({"points": POINTS} if problem == OWN else {})


def all_defaults() -> dict[str, Any]:
    """The default of every control, by its key."""
    parameters = [*PLAYGROUND.parameters().values()]
    for problem in PROBLEM_TITLES:
        parameters += problem_parameters(problem).values()
    return {parameter.key: parameter.fresh for parameter in parameters}
