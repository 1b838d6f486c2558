"""A universal attack on the page: progress and curves while it runs, the verdict when it has ended."""

from __future__ import annotations

from pages.parts.universal import compute, panels
from pages.parts.universal.links import own_query
from pages.parts.universal.state import JOB_PAGE, UniversalRun
from pages.shared.links import UNIVERSAL
from pages.shared.parts import draw_parts
from pages.shared.share import share

import streamlit as st


def show_run(run: UniversalRun) -> None:
    """Everything below the controls."""
    active = run.job.active
    growth = _curves if active else None
    ended = JOB_PAGE.watch(run, growth, beside=lambda one: share(UNIVERSAL, own_query(one.order)))
    if not ended or run.record is None or run.job.state == "failed":
        return
    if active:  # it was, a moment ago
        st.rerun()
    with st.spinner("Trying it on scenes it has not seen…"):
        verdict = compute.verdict_of(run)
    x, _ = compute.scenes(run.order.model, "test", run.order.held_out)
    draw_parts(UNIVERSAL, {panels.GROWTH: ("growth", lambda: _curves(run)), **panels.outcome(run, verdict, x)})


def _curves(run: UniversalRun) -> None:
    record = run.record
    if record is not None:
        z = record.step.perturbation if run.job.active else record.step.best
        panels.curves(record.history, record.batches, record.step.samples, run.order.passes, z.numpy())
