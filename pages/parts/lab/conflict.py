"""The folded panel on conflict: which constraints of the shown step pull against each other, and whose step it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages.parts.lab.state import LabRun
from pages.shared import compute
from pages.shared.conflict import draw
from pages.shared.links import LAB
from pages.shared.parts import folded

import streamlit as st

if TYPE_CHECKING:
    from masw_core.one_picture.conflict import Conflict
    from masw_core.trace.trace import Trace

PANEL = LAB.widget("conflict")


def show(run: LabRun, trace: Trace, step: int) -> None:
    """The panel; nothing is computed while it is closed."""
    panel = folded("Conflict at this step", ":material/compare_arrows:", PANEL)
    if panel is None:
        return
    with panel:
        kept = trace.perturbation_at(step)[1]
        with st.spinner("Taking the gradient of every constraint…", show_time=False):
            found = conflict_of(run.id, kept, trace, run.order.model)
        draw(trace, found, PANEL)
        if kept != step:
            st.caption(f"Computed at step {kept}, the nearest before step {step} whose picture is kept.")


@st.cache_data(max_entries=32, show_spinner=False)
def conflict_of(run_id: str, kept: int, _trace: Trace, model: str) -> Conflict:
    from masw_core.one_picture.conflict import conflict_at

    here = compute.loaded(model)
    with here.lock:
        return conflict_at(_trace, kept, here.model)
