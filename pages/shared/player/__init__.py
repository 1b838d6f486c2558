"""The step player: one step cursor over pictures, labels, constraints and curves, replayed in the browser.

It plays without the server; when the cursor comes to rest, the step is in session state. ``masw_core.views.payload``
makes its data. The browser's side is in the files beside this one: ``draw.js`` paints, ``player.js`` moves, and
``page_keys.js`` listens while presenting.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pages.shared.lesson import presenting

import streamlit as st

_HERE = Path(__file__).parent


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


PAGE_KEYS = _read("page_keys.js")  # of every player

_player = st.components.v2.component(
    "masw_player",
    html=_read("player.html"),
    css=_read("player.css"),
    js="\n".join((_read("draw.js"), PAGE_KEYS, _read("player.js"))),
)


def player(data: dict[str, Any], key: str, on_step: Any = lambda: None) -> int:
    """Mount the player and return the step at which its cursor rests.

    Args:
        data: from ``views.payload.player_payload``.
        key: of the widget; the cursor is in ``st.session_state[key]``.
        on_step: called when the cursor came to rest somewhere else.
    """
    _player(data={**data, "presenting": presenting()}, key=key, on_at_change=on_step, width="stretch", height="content")
    return resting_step(data, key)


def resting_step(data: dict[str, Any], key: str) -> int:
    """Where the cursor of this run rests; where the player opens, if it was not moved yet."""
    state = st.session_state.get(key) or {}
    at = state.get("at") or {}
    if at.get("run") != data["id"]:
        return data["n"] - 1 if data["live"] else data["start"]
    return max(0, min(int(at.get("step", 0)), data["n"] - 1))
