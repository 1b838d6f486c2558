"""The outcome of a comparison: a verdict, a table, curves on a common yardstick, and the pictures side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from masw_core.views.glossary import tooltip
from pages.parts.compare.links import lab_query, own_query
from pages.parts.compare.methods import MOST, SAME, WON
from pages.parts.compare.state import JOB_PAGE, ComparisonRun
from pages.shared import landscape
from pages.shared.lesson import presenting
from pages.shared.links import COMPARE, LAB
from pages.shared.parts import FILES, draw_parts, fitting
from pages.shared.row_choice import choose_rows
from pages.shared.share import share
from pages.shared.take_along import take_along

import numpy as np
import streamlit as st

if TYPE_CHECKING:
    from masw_core.one_picture.standings import Standing
    from masw_core.trace.trace import Trace

QUANTITIES = {"violation": "Violation", "failure": "Failure degree", "norm": "Norm"}
SMALL = 128  # pixels of a picture on a projector


def show(run: ComparisonRun, traces: dict[str, Trace]) -> None:
    """Everything that a comparison says."""
    from masw_core.one_picture.standings import standings, verdict

    rows, titles = standings(traces), run.titles
    st.subheader(verdict(rows, titles), anchor=False)
    named = {titles[method]: trace for method, trace in traces.items()}
    draw_parts(
        COMPARE,
        {
            "Standings": ("standings", lambda: _table(rows, titles)),
            "Curves": ("curves", lambda: _curves(run, traces, titles)),
            "Landscape": ("landscape", lambda: landscape.show(run, named, JOB_PAGE)),
            "Pictures": ("side_by_side", lambda: _pictures(run, traces, rows, titles)),
            "Files": (FILES, lambda: _report(traces, titles)),
        },
    )


def _table(rows: list[Standing], titles: dict[str, str]) -> None:
    st.dataframe(
        {
            "attack": [titles[row.method] for row in rows],
            "goal reached": ["yes" if row.success else "no" for row in rows],
            "step": [row.step for row in rows],
            "norm": [row.norm for row in rows],
            "failure degree": [row.failure for row in rows],
            "true labels off": [f"{row.flipped} of {row.true}" for row in rows],
            "top k then": [", ".join(row.top) for row in rows],
            "fluctuation": [100 * row.fluctuation for row in rows],
        },
        hide_index=True,
        height="content",
        alt="Every attack: whether and when it reached the goal, how far it went, and which labels are on top then",
        column_config={
            "attack": st.column_config.TextColumn("attack", pinned=True),
            "step": st.column_config.NumberColumn(
                "step", help="The first success; without one, the step with the lowest failure degree."
            ),
            "norm": st.column_config.NumberColumn("norm", format="%.2f", help=tooltip("norm")),
            "failure degree": st.column_config.NumberColumn("failure degree", format="%.2f", help=tooltip("afd")),
            "fluctuation": st.column_config.NumberColumn(
                "fluctuation",
                format="%.1f %%",
                help=tooltip("fluctuation", more="Here of the squared violation, over the whole run."),
            ),
        },
    )


@st.fragment
def _curves(run: ComparisonRun, traces: dict[str, Trace], titles: dict[str, str]) -> None:
    from masw_core.views.comparison import curves

    quantity = st.segmented_control(
        "Over the steps",
        list(QUANTITIES),
        default=COMPARE.quantity.default,
        required=True,
        **COMPARE.quantity.bound_as(QUANTITIES.__getitem__),
        help="Violation and failure degree are defined by the goal alone, so they compare attacks whose own "
        "objectives do not. A star is the first success.",
    )
    alt = f"{QUANTITIES[quantity]} of {len(traces)} attacks over the steps; stars mark first successes."
    spec = fitting(curves(traces, quantity, titles))
    st.plotly_chart(spec, key=COMPARE.widget(f"curves_{quantity}"), alt=alt, config={"displaylogo": False})


@st.fragment
def _pictures(run: ComparisonRun, traces: dict[str, Trace], rows: list[Standing], titles: dict[str, str]) -> None:
    """One column per attack: the picture it makes, what it adds (all magnified alike), and the way into the lab."""
    from masw_core.views import pictures

    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        which = st.segmented_control(
            "Pictures", [WON, SAME], default=WON, required=True, wrap=True, **COMPARE.pictures.bound
        )
        last = max(len(trace) for trace in traces.values()) - 1
        at = (
            st.slider("Step", 0, last, min(last, run.opens_at), key=COMPARE.widget(f"at_{run.id}"), width=420)
            if which == SAME
            else None
        )
    steps = {row.method: row.step if at is None else min(at, len(traces[row.method]) - 1) for row in rows}
    added = {method: traces[method].perturbation_at(step)[0] for method, step in steps.items()}
    times = min((pictures.magnification(z) for z in added.values() if np.abs(z).max() > 0), default=1)
    for column, row in zip(st.columns(MOST, gap="medium"), rows, strict=False):
        with column:
            _column(run, traces[row.method], row, titles[row.method], steps[row.method], times)
    if presenting():
        return
    _labels(traces, steps, titles)
    share(COMPARE, own_query(run.order, at), "Your picture is not in the link." if run.order.picture.sent else "")


def _labels(traces: dict[str, Trace], steps: dict[str, int], titles: dict[str, str]) -> None:
    """What the pictures above do to the labels, in a table."""
    from masw_core.views.comparison import confidences, label_rows

    with st.expander("Label by label", icon=":material/label:", key=COMPARE.widget("labels")):
        table = confidences(traces, steps, titles, **choose_rows(label_rows(traces), "labels", COMPARE))
        bar = {name: st.column_config.ProgressColumn(name, format="%.2f", min_value=0, max_value=1) for name in table}
        st.dataframe(
            table,
            hide_index=True,
            column_config=bar
            | {"label": st.column_config.TextColumn("label", pinned=True), "role": st.column_config.TextColumn("role")},
            alt=f"Confidence of {len(table['label'])} labels, on the clean picture and in every attack's picture",
        )


def _column(run: ComparisonRun, trace: Trace, row: Standing, title: str, step: int, times: int) -> None:
    from masw_core.views import pictures
    from masw_core.views import rows as label_rows

    image, kept = pictures.adversarial_at(trace, step)
    width = SMALL if presenting() else "stretch"
    places = label_rows.ranks(trace)[step]
    top = [trace.header["labels"][label] for label in np.argsort(places)[: trace.header["k"]]]
    reached = "goal reached" if trace.success[step] else "goal not reached"
    st.markdown(f"**{title}**")
    st.caption(f"Step {step}: {reached}")
    with st.container(horizontal=presenting(), gap="small"):
        st.image(
            pictures.png(image),
            width=width,
            caption=f"top {trace.header['k']}: {', '.join(top)}",
            alt=f"The picture that {title} has made by step {kept}",
        )
        st.image(
            pictures.png(pictures.magnified(trace.perturbation_at(step)[0], times)),
            width=width,
            caption=f"added, × {times}; norm {trace.norm[step]:.2f}",
            alt=f"What {title} adds, magnified {times} times",
        )
    st.page_link(
        LAB.file,
        label="Step by step in the lab",
        icon=":material/science:",
        query_params=lab_query(run, row.method),
    )


def _report(traces: dict[str, Trace], titles: dict[str, str]) -> None:
    from masw_core.views import comparison_report

    take_along(
        "Report HTML",
        lambda: comparison_report.html(traces, titles),
        "comparison.html",
        "text/html",
        COMPARE.widget("save_report"),
        "One file with this verdict, the curves, pictures and labels; it opens anywhere, without network.",
    )
