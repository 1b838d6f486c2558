"""What clicks and drags on the plane do: they set the values of the widgets that own start, candidates and points.

Also where the step cursor stands before anybody has touched it.
"""

from __future__ import annotations

from masw_core.toy.points import LABELS, decode, encode
from pages.parts.playground.defaults import POINTS, problem_parameters
from pages.shared.from_link import take_step
from pages.shared.links import PLAYGROUND
from pages.shared.parameters import Parameter

import streamlit as st

PLAYER = "plane"


def touched(problem: str) -> None:
    """Callback of the player: a new start, a moved candidate, painted points."""
    touch = (st.session_state.get(PLAYER) or {}).get("touch") or {}
    own = problem_parameters(problem)
    if touch.get("kind") == "start":
        _place(own["x"], own["y"], touch["at"])
    elif touch.get("kind") == "candidate":
        number = 2 if touch["index"] else 1
        _place(own[f"x{number}"], own[f"y{number}"], touch["at"])
    elif touch.get("kind") == "paint":
        brush = st.session_state.get(PLAYGROUND.brush.key) or []
        labels = tuple(LABELS.index(name) for name in brush)
        before = st.session_state.get(POINTS.key) or ""
        try:
            drops = decode(before)
        except ValueError:
            drops = []
        drops += [(x, y, labels) for x, y in touch["drops"]]
        st.session_state[POINTS.key] = encode(drops[-400:])


def opens_at(run: str) -> int:
    """Where the player opens: at the step of a link for the run that the link describes, else at the start."""
    key, step = PLAYGROUND.widget("opens"), take_step(PLAYGROUND.at)
    if step is not None:
        st.session_state[key] = (run, step)
    of, step = st.session_state.get(key, ("", 0))
    return step if of == run else 0


def _place(x: Parameter, y: Parameter, at: list[float]) -> None:
    st.session_state[x.key], st.session_state[y.key] = float(at[0]), float(at[1])
