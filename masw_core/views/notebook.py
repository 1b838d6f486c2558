"""For notebooks and scripts: a run, or several side by side, as a Plotly figure or as a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from masw_core.settings import choose
from masw_core.trace.trace import Trace
from masw_core.trace.whole import write_whole
from masw_core.views import comparison, comparison_report, figures, report_figures, run_report

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

OF_A_RUN = {
    "change": report_figures.clean_to_now,
    "labels": figures.labels_over_time,
    "slack": report_figures.slack_over_time,
    "step": figures.slack_and_weights,
    "schedule": figures.schedule,
    "constraints": figures.constraint_map,
    "measures": figures.measures_over_time,
}


def plot(run: Trace | Mapping[str, Trace], what: str | None = None, step: int | None = None, **rows: Any) -> Figure:
    """A run, or several by name, as a Plotly figure.

    Args:
        run: a trace; or traces of one picture and goal by name, which are drawn over each other.
        what: of a run, ``"labels"`` (confidences over the steps, the default), ``"change"`` (clean to a step),
            ``"slack"`` (slack, epsilon and weights over the steps), ``"step"`` (slack and weights at a step),
            ``"schedule"`` (epsilon and the Lagrangian), ``"constraints"`` or ``"measures"``; of several runs,
            ``"violation"`` (the default), ``"failure"`` or ``"norm"``.
        step: which step a run's figure marks; None: the best one.
        **rows: ``find="dog"`` for the rows whose names have it, ``every=True`` for all of them, where a figure has
            rows of labels or constraints.

    Raises:
        ValueError: there is no such figure.
        IndexError: the run has no such step.
    """
    from plotly.graph_objects import Figure

    if not isinstance(run, Trace):
        what = what or "violation"
        choose("what", what, tuple(comparison.QUANTITIES))
        return Figure(comparison.curves(run, what, {name: name for name in run}))
    what = what or "labels"
    choose("what", what, tuple(OF_A_RUN))
    return Figure(OF_A_RUN[what](run, _step(run, step), **rows))


def save_report(
    run: Trace | Mapping[str, Trace], file: str | Path, step: int | None = None, rounded: bool | None = None
) -> None:
    """Write a run, or several by name, as one HTML file that opens anywhere, without network.

    Args:
        run: as for ``plot``.
        file: where to, such as ``"report.html"``.
        step: where a run is read; None: at its best step.
        rounded: of a run, whether that step's picture still succeeds with 8 bits per channel, if known.

    Raises:
        IndexError: the run has no such step.
    """
    if isinstance(run, Trace):
        made = run_report.html(run, None if step is None else _step(run, step), rounded)
    else:
        made = comparison_report.html(run)
    write_whole(Path(file), made.encode())


def _step(trace: Trace, step: int | None) -> int:
    if step is None:
        return trace.best_step
    if not 0 <= step < len(trace):
        raise IndexError(f"The run has steps 0 to {len(trace) - 1}, not {step}.")
    return step
