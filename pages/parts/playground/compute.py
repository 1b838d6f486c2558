"""What the playground computes, cached by the setup: runs, regions, scores at single points."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from masw_core.toy.setup import Setup
from masw_core.trace.trace import Trace
from masw_core.views import toy_payload

import streamlit as st

if TYPE_CHECKING:
    from masw_core.one_picture.conflict import Conflict


@st.cache_data(max_entries=24, show_spinner=False)
def traces(setup: Setup) -> list[tuple[str, str, Trace]]:
    """(key, title, trace) per run."""
    return setup.run()


@st.cache_data(max_entries=24, show_spinner=False)
def pulls_of(setup: Setup) -> list[str]:
    """How the constraints pull along every run."""
    return [toy_payload.pulls(setup, trace) for _, _, trace in traces(setup)]


@st.cache_data(max_entries=24, show_spinner=False)
def conflict_of(setup: Setup, key: str, step: int) -> Conflict:
    """How the constraints get on at a step of the run of that key."""
    from masw_core.one_picture.conflict import conflict_at

    trace = next(trace for name, _, trace in traces(setup) if name == key)
    return conflict_at(trace, step, setup.model())


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
    arrows = pulls_of(setup) if mode == "run" else []
    return {
        "id": sha256(repr((setup, mode)).encode()).hexdigest()[:16],
        "mode": mode,
        "plane": plane(without_run(setup), tint),
        "runs": [toy_payload.run_payload(*run) | {"pulls": pulls} for run, pulls in zip(runs, arrows, strict=True)],
        "start": list(setup.start),
        "tau": setup.tau,
        **more,
    }
