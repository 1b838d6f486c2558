"""What the playground computes, cached by the setup: runs, regions, scores at single points."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

from masw_core.toy.setup import Setup
from masw_core.trace.trace import Trace
from masw_core.views import toy_payload

import streamlit as st


@st.cache_data(max_entries=24, show_spinner=False)
def traces(setup: Setup) -> list[tuple[str, str, Trace]]:
    """(key, title, trace) per run."""
    return setup.run()


@st.cache_data(max_entries=24, show_spinner=False)
def plane(setup: Setup, tint: str) -> dict[str, Any]:
    """The still part of the picture; independent of where the run starts."""
    return toy_payload.plane(setup, tint)


def without_run(setup: Setup) -> Setup:
    """The setup without what the still part does not depend on, so that moving the start reuses it."""
    return replace(setup, start=(0.0, 0.0), steps=1, step_size=0.03, step_rule="unit")


def payload(setup: Setup, mode: str, tint: str, **more: Any) -> dict[str, Any]:
    """The player's data."""
    runs = traces(setup) if mode == "run" else []
    return {
        "id": sha256(repr((setup, mode)).encode()).hexdigest()[:16],
        "mode": mode,
        "plane": plane(without_run(setup), tint),
        "runs": [toy_payload.run_payload(key, title, trace) for key, title, trace in runs],
        "start": list(setup.start),
        "tau": setup.tau,
        **more,
    }
