"""The walk: Algorithm 1 beside the constraints of a run, one step at a time, the lines of the step lit.

It plays without the server. ``masw_core.views.algorithm.walk`` makes its data; ``walk.js`` moves and draws.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pages.shared.lesson import presenting
from pages.shared.player import PAGE_KEYS

import streamlit as st

_HERE = Path(__file__).parent


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


_walk = st.components.v2.component(
    "masw_walk",
    html=_read("walk.html"),
    css=_read("walk.css"),
    js="\n".join((PAGE_KEYS, _read("walk.js"))),
)


def walk_player(data: dict[str, Any], key: str, start: int = 0) -> None:
    """Mount it, resting at step ``start``."""
    _walk(data={**data, "start": start, "presenting": presenting()}, key=key, width="stretch", height="content")
