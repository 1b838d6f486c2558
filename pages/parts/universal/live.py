"""A universal attack on the page: progress and curves while it runs, the verdict when it has ended.

While the job is active a fragment polls it four times a second; when it ends, the page is drawn once more without
the timer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from masw_core.universal.presets import universal_preset
from pages.parts.universal import compute as universal_compute
from pages.parts.universal import panels as universal_panels
from pages.parts.universal.state import UniversalRun

import streamlit as st

if TYPE_CHECKING:
    from masw_core.universal.recorder import UniversalRecord

POLL = 0.25  # seconds between two looks at a running job
ENDED = {
    "passes": "All passes are done.",
    "patience": "Ended: neither SASR nor LFR rose any more.",
    "rate": "Ended: enough training scenes are fooled.",
}


def show_run(run: UniversalRun) -> None:
    """Everything below the controls."""
    watched = run.job.active
    st.fragment(_watch, run_every=POLL if watched else None)(run, watched)
    if watched or run.record is None or run.job.state == "failed":
        return
    with st.spinner("Trying it on scenes it has not seen…"):
        verdict = universal_compute.verdict_of(run)
    order = run.order
    x, _ = universal_compute.scenes(order.model, "test", order.held_out)
    universal_panels.outcome(run, verdict, x)


def _watch(run: UniversalRun, watched: bool) -> None:
    job = run.job
    job.touch()
    if watched and not job.active:
        st.rerun()
    record = run.record
    _status(run, record)
    if record is not None:
        universal_panels.curves(
            record.history,
            record.batches,
            record.step.samples,
            run.order.passes,
            record.step.perturbation.numpy() if job.active else record.step.best.numpy(),
        )


def _status(run: UniversalRun, record: UniversalRecord | None) -> None:
    job, order = run.job, run.order
    title = universal_preset(order.attack).title
    if job.state == "queued":
        ahead = job.ahead
        st.progress(0.0, "Starting…" if not ahead else f"Waiting: {ahead} run{'s' if ahead > 1 else ''} before yours.")
    elif job.state == "failed":
        st.error(job.error, icon=":material/error:")
    elif job.state == "running":
        st.progress(_done(record, order.passes), _place(record, order.passes))
    elif job.state == "stopped" and record is not None:
        st.info(f"Stopped. {_place(record, order.passes)} What was found is kept below.", icon=":material/stop_circle:")
    elif job.state == "stopped":
        st.info("Stopped before the first step.", icon=":material/stop_circle:")
    elif job.state == "abandoned":
        st.info("Nobody was watching, so the run was ended: press Run or Continue.", icon=":material/bedtime:")
    if job.state in ("done", "stopped") and record is not None:
        with st.container(horizontal=True, gap="small"):
            st.badge(f"computed here on {run.device}", icon=":material/memory:", color="gray")
            st.badge(f"{order.model} · {title} · k = {order.k} · seed {order.seed}", color="gray")
            st.badge(f"{job.seconds:.1f} s · {record.step.backwards} gradient batches", color="gray")
            if record.step.ended:
                st.badge(ENDED[record.step.ended], color="gray")


def _done(record: UniversalRecord | None, passes: int) -> float:
    if record is None:
        return 0.0
    step = record.step
    return min((max(step.number - 1, 0) + step.seen / step.samples) / passes, 1.0)


def _place(record: UniversalRecord | None, passes: int) -> str:
    if record is None or not record.step.number:
        return "Looking at the clean scenes…"
    step = record.step
    place = f"Pass {step.number} of {passes}: {step.seen} of {step.samples} scenes"
    return f"{place}, {step.skipped_share:.0%} fooled before their turn."
