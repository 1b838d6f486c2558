"""The recorded run that the course walks along: the one that Home replays."""

from __future__ import annotations

from masw_core.views.replay import Replay
from pages.parts.home.recorded import recorded_run

import streamlit as st


@st.cache_resource(max_entries=1, show_spinner=False)
def course_run() -> Replay:
    """It, as numbers.

    Raises:
        RuntimeError: nothing is recorded.
    """
    data = recorded_run()
    if data is None:
        raise RuntimeError("There is no recorded run: make one with python scripts/record_home.py.")
    return Replay.of(data)
