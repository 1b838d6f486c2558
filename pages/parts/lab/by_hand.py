"""The folded panel for weights by hand (Fig. 2): set them, run again, and see both runs on one cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages.parts.lab.advanced import NAMES
from pages.parts.lab.compute import launch_by_hand
from pages.parts.lab.state import JOB_PAGE, ByHand, LabRun
from pages.shared.lesson import presenting
from pages.shared.links import LAB
from pages.shared.parts import fitting

import streamlit as st

if TYPE_CHECKING:
    from masw_core.trace.trace import Trace

PANEL = LAB.widget("by_hand")
MOST = 12  # sliders before somebody asks for more
START, HERE = "From the start", "From this step on"


def possible(trace: Trace) -> bool:
    """Whether its attack takes weights by name."""
    return bool(trace.header["attack"] == "masw")


def show(run: LabRun, trace: Trace, step: int) -> None:
    """The panel, for runs that have ended."""
    if run.job.active:
        return
    place = st.container() if presenting() else st.expander("Weights by hand", icon=":material/back_hand:", key=PANEL)
    with place:
        st.markdown(
            "What if a single constraint pulled less, or more? Set weights, run again, and both runs are shown on the "
            "cursor above. A hard constraint that pulls less may let others be met (Fig. 2 of the paper)."
        )
        weights = _sliders(run, trace, step)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            when = st.segmented_control(
                "Weights hold", [START, HERE], default=START, required=True, key=LAB.widget("by_hand_when")
            )
            last = len(trace) - 1
            pressed = st.button(
                "Run with these weights",
                type="primary",
                icon=":material/play_arrow:",
                key=LAB.widget("by_hand_run"),
                disabled=not weights or (when == HERE and step >= last),
                help="Move a slider first; from the last step on there is nothing left to run.",
            )
        if pressed:
            run.by_hand = launch_by_hand(run, weights, step if when == HERE else 0)
            st.rerun()
        if run.by_hand is not None:
            _both(run, run.by_hand, trace, step)


def _sliders(run: LabRun, trace: Trace, step: int) -> dict[int, float]:
    """A slider per constraint, those of true labels and targets first; column and weight of those that were moved."""
    from masw_core.views import rows

    called = {row.column: f"{row.name} {row.wants}" for row in rows.constraint_rows(trace)}
    columns = list(called)
    shown, sliders = columns[:MOST], st.container()
    if len(columns) > MOST:
        shown += st.multiselect(
            "More constraints",
            columns[MOST:],
            format_func=called.__getitem__,
            key=LAB.widget(f"more_weights_{run.id}"),
            placeholder="Search for a label",
        )
    weights = {}
    with sliders, st.grid("auto", min_column_width=230, gap="small"):
        for column in shown:
            violated = " · violated now" if trace.constraints[step, column] < 0 else ""
            weights[column] = st.slider(
                f"{called[column]}{violated}",
                0.0,
                2.0,
                1.0,
                0.1,
                format="× %.1f",
                key=LAB.widget(f"weight_{run.id}_{column}"),
            )
    return {column: weight for column, weight in weights.items() if weight != 1}


def _both(run: LabRun, second: ByHand, trace: Trace, step: int) -> None:
    """What was changed, how the second run goes, and both of them."""
    from masw_core.views.rows import constraint_name

    changed = ", ".join(f"{constraint_name(trace, column)} × {weight:g}" for column, weight in second.weights.items())
    ruled = trace.header["config"]["weighting"]
    since = f"from step {second.at} on" if second.at else "from the start"
    st.subheader("Both runs", anchor=False)
    st.caption(
        f"By hand {since}: {changed}. A slider multiplies the weight that the run's rule ({NAMES[ruled]}) gives the "
        "constraint; all others keep the rule's own."
    )
    job = second.run.job
    if job.active:
        st.button("Stop the second run", icon=":material/stop:", on_click=job.stop, key=f"{PANEL}_stop")
    if job.state != "done":
        JOB_PAGE.watch(second.run)
    there = job.trace()
    if there is not None and not job.active:
        draw(trace, there, step, list(second.weights))


def draw(first: Trace, second: Trace, step: int, columns: list[int]) -> None:
    """The sentence, the curves and the numbers at the step."""
    from masw_core.views import what_if

    st.markdown(f"**{what_if.verdict(first, second, step)}**")
    left, right = st.columns([1.7, 1], gap="medium")
    with left:
        st.plotly_chart(
            fitting(what_if.curves(first, second, step, columns)),
            key=f"{PANEL}_curves",
            alt="Failure degree, slack and probability of both runs over the steps; the table has the numbers",
            config={"displaylogo": False},
        )
    with right:
        st.dataframe(
            what_if.numbers(first, second, step, columns),
            hide_index=True,
            height="content",
            alt=f"Both runs in numbers at step {step}",
            column_config={"": st.column_config.TextColumn(f"step {step}", pinned=True)},
        )
