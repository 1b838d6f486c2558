"""What of a run can be taken along, at the step at which the cursor rests."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from pages.parts.lab.compute import success_after_rounding
from pages.parts.lab.links import own_query
from pages.parts.lab.state import LabRun
from pages.shared.links import LAB
from pages.shared.share import PICTURE_STAYS, share
from pages.shared.take_along import take_along

import streamlit as st

if TYPE_CHECKING:
    from masw_core.trace.trace import Trace


def show(run: LabRun, trace: Trace, step: int) -> None:
    """The buttons; a file is made when somebody presses."""
    from masw_core.one_picture import outcome
    from masw_core.views import pictures, run_report

    rounded = None if run.lacks else success_after_rounding(run, step)
    kept = trace.perturbation_at(step)[1]
    files = (
        ("Bundle", "run.zip", "application/zip", lambda: _bundle(trace, step)),
        (
            "Adversarial PNG",
            f"adversarial_step{kept}.png",
            "image/png",
            lambda: pictures.png(pictures.adversarial_at(trace, step)[0]),
        ),
        (
            "Perturbation NPY",
            f"perturbation_step{kept}.npy",
            "application/octet-stream",
            lambda: outcome.perturbation_file(trace, step),
        ),
        ("Trace NPZ", "trace.npz", "application/octet-stream", lambda: outcome.trace_file(trace)),
        ("Table CSV", "trace.csv", "text/csv", trace.to_csv),
        ("Report HTML", "report.html", "text/html", lambda: run_report.html(trace, step, rounded)),
    )
    st.subheader("Take it with you", anchor=False)
    with st.container(horizontal=True):
        for label, name, mime, make in files:
            take_along(label, make, name, mime, LAB.widget(f"save_{label}"))
        if not run.lacks:
            share(LAB, own_query(run.order, step), PICTURE_STAYS if run.order.picture.sent else "")
    note = "" if kept == step else f" The picture nearest to step {step} that is kept is that of step {kept}."
    st.caption(
        "The bundle is the whole run in one file, which opens here and with `masw open` without computing anything. "
        f"PNG rounds to 8 bits per channel, NPY is the exact perturbation.{note} "
        "The trace reopens with masw_core.Trace.load; the CSV has one row per step. The report shows this step and the "
        "whole run in one file with figures; it opens anywhere, without network."
    )


def _bundle(trace: Trace, step: int) -> bytes:
    from masw_core.one_picture.bundle import write_bundle

    file = io.BytesIO()
    write_bundle(file, trace, step)
    return file.getvalue()
