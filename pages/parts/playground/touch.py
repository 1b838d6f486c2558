"""What clicks and drags on the plane do: they set the values of the widgets that own start, candidates and points."""

from __future__ import annotations

from masw_core.toy.points import LABELS, decode, encode

import streamlit as st

PLAYER = "plane"


def touched(problem: str) -> None:
    """Callback of the player: a new start, a moved candidate, painted points."""
    touch = (st.session_state.get(PLAYER) or {}).get("touch") or {}
    if touch.get("kind") == "start":
        _place(f"play_{problem}_x", f"play_{problem}_y", touch["at"])
    elif touch.get("kind") == "candidate":
        number = 2 if touch["index"] else 1
        _place(f"play_{problem}_x{number}", f"play_{problem}_y{number}", touch["at"])
    elif touch.get("kind") == "paint":
        brush = st.session_state.get("play_brush") or []
        labels = tuple(LABELS.index(name) for name in brush)
        before = st.session_state.get("play_own_points") or ""
        try:
            drops = decode(before)
        except ValueError:
            drops = []
        drops += [(x, y, labels) for x, y in touch["drops"]]
        st.session_state["play_own_points"] = encode(drops[-400:])


def _place(x: str, y: str, at: list[float]) -> None:
    st.session_state[x], st.session_state[y] = float(at[0]), float(at[1])
