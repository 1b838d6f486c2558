"""The recorded film, ready to play when a page opens: it comes from a file, so neither torch nor Plotly is imported."""

from __future__ import annotations

import json
from typing import Any

from masw_core.assets import ASSETS
from pages.parts.playground.player import plane_player

import streamlit as st

FILE = ASSETS / "recorded" / "film.json"


@st.cache_data(show_spinner=False)
def _film() -> dict[str, Any]:
    return dict(json.loads(FILE.read_text(encoding="utf-8")))


def film_player(key: str = "home_film") -> None:
    """Four attacks on the 2-D film problem, paused at a telling step; made by ``scripts/record_film.py``."""
    plane_player(_film(), key=key)
