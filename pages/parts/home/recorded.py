"""The run that the home page replays, recorded by ``scripts/record_home.py``: a player payload as JSON."""

from __future__ import annotations

import json
from typing import Any

from masw_core.assets import ASSETS

import streamlit as st

RECORDED = ASSETS / "recorded" / "home.json"


@st.cache_data(max_entries=1, show_spinner=False)
def recorded_run() -> dict[str, Any] | None:
    """The player's data and ``about``, one sentence on what was run; None if nothing is recorded."""
    if not RECORDED.exists():
        return None
    data: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return data
