"""A run on the page: progress while it waits or runs, the player, and what belongs to the step it rests at.

While the job is active a fragment polls it four times a second and sends the player what is new; when it ends, the
page is drawn once more without the timer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pages.parts.compare.links import compare_query
from pages.parts.lab import panels
from pages.shared.player import player
from pages.shared.state import Run

import streamlit as st

if TYPE_CHECKING:
    from masw_core.trace.trace import Trace

POLL = 0.25  # seconds between two looks at a running job
PLAYER = "lab_player"


def show_run(run: Run) -> None:
    """Everything below the controls."""
    watched = run.job.active
    st.fragment(_replay, run_every=POLL if watched else None)(run, watched)
    if not watched and run.job.trace() is not None:
        panels.show(run, _payload(run), PLAYER)


def _replay(run: Run, watched: bool) -> None:
    job = run.job
    job.touch()
    if watched and not job.active:
        st.rerun()
    _status(run)
    if job.state == "failed" and job.trace() is None:
        return
    trace = job.trace()
    if trace is None:
        return
    from masw_core.views.payload import player_payload

    data = player_payload(trace, run.id, live=True, said=run.said) if job.active else _payload(run)
    player(data, PLAYER, on_step=_refresh)


def _refresh() -> None:
    """The cursor came to rest: redraw what belongs to the step, not the player."""
    st.rerun(panels.FRAGMENT)


def _status(run: Run) -> None:
    job, order = run.job, run.order
    if job.state == "queued":
        ahead = job.ahead
        waiting = "Starting…" if ahead == 0 else f"Waiting: {ahead} run{'s' if ahead > 1 else ''} before yours."
        st.progress(0.0, text=waiting)
    elif job.state == "running":
        rate = f" · {job.done_steps / job.seconds:.0f} steps/s" if job.seconds > 0.5 else ""
        st.progress(job.progress, text=f"Step {max(job.done_steps - 1, 0)} of {job.total}{rate}")
    elif job.state == "failed":
        st.error(job.error, icon=":material/error:")
    elif job.state == "stopped":
        reached = max(job.done_steps - 1, 0)
        st.info(
            f"Stopped at step {reached} of {job.total}; what was computed can be explored.",
            icon=":material/stop_circle:",
        )
    elif job.state == "abandoned":
        st.info("Nobody was watching, so the run was ended: press Run to start again.", icon=":material/bedtime:")
    if job.state in ("done", "stopped"):
        with st.container(horizontal=True, gap="small"):
            st.badge(f"computed here on {run.device}", icon=":material/memory:", color="gray")
            st.badge(
                f"{order.picture.name} · {order.model} · {order.attack} · {order.case} · k = {order.k}", color="gray"
            )
            if job.seconds:
                st.badge(f"{job.seconds:.1f} s, {job.done_steps / job.seconds:.0f} steps/s", color="gray")
            st.page_link(
                "pages/compare.py", label="Compare attacks here", icon=":material/balance:",
                query_params=compare_query(order),
            )  # fmt: skip


def _payload(run: Run) -> dict[str, Any]:
    trace = run.job.trace()
    assert trace is not None
    return _final_payload(run.id, trace, run.said)


@st.cache_data(max_entries=8, show_spinner=False)
def _final_payload(run_id: str, _trace: Trace, _said: list[str]) -> dict[str, Any]:
    from masw_core.views.payload import player_payload

    return player_payload(_trace, run_id, said=_said)
