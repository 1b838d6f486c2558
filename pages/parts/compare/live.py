"""A comparison on the page: progress while it waits or runs, then who won, curves and pictures side by side."""

from __future__ import annotations

from pages.parts.compare import panels
from pages.parts.compare.state import JOB_PAGE, ComparisonRun


def show_comparison(run: ComparisonRun) -> None:
    """Everything below the controls."""
    if JOB_PAGE.watch(run) and (traces := run.job.trace()):
        panels.show(run, traces)
