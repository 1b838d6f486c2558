"""A comparison on the page: progress while it waits or runs, then who won, curves and pictures side by side."""

from __future__ import annotations

from pages.parts.compare import panels
from pages.parts.compare.links import own_query
from pages.parts.compare.state import JOB_PAGE, ComparisonRun
from pages.shared.links import COMPARE
from pages.shared.share import share

import streamlit as st


def show_comparison(run: ComparisonRun) -> None:
    """Everything below the controls."""
    if JOB_PAGE.watch(run, beside=_link) and (traces := run.job.trace()):
        panels.show(run, traces)


def _link(run: ComparisonRun) -> None:
    at = st.session_state.get(COMPARE.widget(f"at_{run.id}"))
    share(COMPARE, own_query(run.order, at), "Your picture is not in the link." if run.order.picture.sent else "")
