"""A comparison on the page: progress while it waits or runs, then who won, curves and pictures side by side."""

from __future__ import annotations

from pages.parts.compare import panels as compare_panels
from pages.parts.compare.controls import method_titles
from pages.parts.compare.state import ComparisonRun

import streamlit as st

POLL = 0.25  # seconds between two looks at a running job


def show_comparison(run: ComparisonRun) -> None:
    """Everything below the controls."""
    watched = run.job.active
    st.fragment(_watch, run_every=POLL if watched else None)(run, watched)
    traces = run.job.trace()
    if not watched and traces:
        compare_panels.show(run, traces)


def _watch(run: ComparisonRun, watched: bool) -> None:
    job, order = run.job, run.order
    job.touch()
    if watched and not job.active:
        st.rerun()
    if job.state == "queued":
        ahead = job.ahead
        st.progress(0.0, "Starting…" if not ahead else f"Waiting: {ahead} run{'s' if ahead > 1 else ''} before yours.")
    elif job.state == "running":
        at_work = method_titles()[order.methods[run.turn]]
        st.progress(job.progress, f"{at_work} ({run.turn + 1} of {len(order.methods)})")
    elif job.state == "failed":
        st.error(job.error, icon=":material/error:")
    elif job.state == "stopped":
        st.info("Stopped; what was computed is compared below.", icon=":material/stop_circle:")
    elif job.state == "abandoned":
        st.info("Nobody was watching, so the run was ended: press Compare to start again.", icon=":material/bedtime:")
    if job.state in ("done", "stopped"):
        with st.container(horizontal=True, gap="small"):
            st.badge(f"computed here on {run.device}", icon=":material/memory:", color="gray")
            st.badge(f"{order.picture.name} · {order.model} · {order.case} · k = {order.k}", color="gray")
            st.badge(f"{job.seconds:.1f} s for {job.done_steps} steps", color="gray")
