"""The run that the home page replays, recorded by ``scripts/record_home.py``: a player payload as JSON."""

from __future__ import annotations

import json
from typing import Any

from masw_core.assets import ASSETS
from pages.shared.links import COMPARE, LAB

import streamlit as st

RECORDED = ASSETS / "recorded" / "home.json"


@st.cache_data(max_entries=1, show_spinner=False)
def recorded_run() -> dict[str, Any] | None:
    """The player's data, ``about``: what was run and why this, and ``setting``; None if nothing is recorded.

    ``setting`` has the picture, k, steps and tau, and the model where it is not the picture's own, as pages name them.
    """
    if not RECORDED.exists():
        return None
    data: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return data


def in_the_lab(setting: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The recorded setting as a query of the lab; ``more``: further settings of MASW."""
    task = {name: value for name, value in setting.items() if name not in ("steps", "tau")}
    query = LAB.query(**task)
    for name, value in {"steps": setting["steps"], "tau": setting["tau"], **more}.items():
        query |= LAB.setting("masw", name).query(value)
    return query


def in_compare(setting: dict[str, Any], methods: tuple[str, ...]) -> dict[str, Any]:
    """The recorded setting as a query of Compare, for these methods (as people call them)."""
    return COMPARE.query(**setting, methods=methods)
