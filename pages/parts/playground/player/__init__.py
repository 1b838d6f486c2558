"""The player of the plane: runs of several attacks on one step cursor, replayed in the browser.

It plays without the server. Clicks and drags on the plane come back as events: a new start, a moved candidate, a
painted point. ``masw_core.views.toy_payload`` makes its data; the browser's side is in the files beside this one:
``field.js`` computes, ``plane.js``, ``pulls.js`` and ``curves.js`` paint, ``words.js`` speaks, ``hand.js`` hears keys
on the plane, ``playground.js`` moves.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pages.shared.lesson import presenting
from pages.shared.player import PAGE_KEYS

import streamlit as st

_HERE = Path(__file__).parent
_SCRIPTS = ("field.js", "plane.js", "pulls.js", "curves.js", "words.js", "hand.js", "playground.js")


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


_player = st.components.v2.component(
    "masw_playground",
    html=_read("playground.html"),
    css=_read("playground.css"),
    js="\n".join((PAGE_KEYS, *(_read(name) for name in _SCRIPTS))),
)


def plane_player(data: dict[str, Any], key: str, on_touch: Callable[[], None] = lambda: None) -> None:
    """Mount the player.

    Args:
        data: ``{"id", "mode", "plane", "runs", ...}``, see ``playground_payload``.
        key: of the widget; what was touched is in ``st.session_state[key]["touch"]``, where the cursor rests in
            ``st.session_state[key]["at"]``.
        on_touch: called after a click or drag on the plane, with the new touch in session state.
    """
    _player(
        data={**data, "presenting": presenting()},
        key=key,
        on_touch_change=on_touch,
        on_at_change=lambda: None,
        width="stretch",
        height="content",
    )
