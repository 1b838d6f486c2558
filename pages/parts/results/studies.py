"""Recorded studies (ablations): what each asks, whether the paper's claim holds, its figures and its numbers."""

from __future__ import annotations

from masw_core.published import recorded
from masw_core.views.study_figures import TITLES, StudyFigure, curve_figures, measures_of, study_figures
from pages.parts.results.side_by_side import side_by_side
from pages.shared.lesson import presenting
from pages.shared.links import RESULTS
from pages.shared.parts import Part, draw_parts

import pandas as pd
import streamlit as st

OURS = "ours"  # what studies that the paper does not have call their figure
HEIGHT = 430  # pixels of a text on a projector; a longer one scrolls


def ablations() -> None:
    """The view; studies have tables of their own."""
    studies = {study.name: study for study in recorded.recorded_studies()}
    if not studies:
        st.info("No studies are recorded yet.", icon=":material/science_off:")
        return
    first = RESULTS.study.default  # what self-paced weighting brings
    name = st.selectbox(
        "Study",
        list(studies),
        index=list(studies).index(first) if first in studies else 0,
        **RESULTS.study.bound_as(lambda n: studies[n].title),
        width=380,
    )
    study = studies[name]
    try:
        points = study.points()
    except ValueError as error:
        st.error(str(error), icon=":material/error:")
        return
    names = study.asked.names if study.asked is not None else {}
    curves = curve_figures(study.curves(), names)
    parts: dict[str, Part] = {"Question": ("words", lambda: _question(study))} if study.asked else {}
    parts["Figures"] = ("figures", lambda: _figures(study, points))
    if curves:
        parts["Over the steps"] = ("figures", lambda: _curves(study, curves))
    parts["In words"] = ("words", lambda: _details(study))
    draw_parts(RESULTS, parts)


def _figures(study: recorded.Study, points: pd.DataFrame) -> None:
    there = measures_of(points)
    claimed = study.asked.measures if study.asked is not None else ()
    measure = st.segmented_control(
        "Measure",
        there,
        default=next((one for one in claimed if one in there), there[0]),
        required=True,
        format_func=lambda one: TITLES.get(one, one),
        key=RESULTS.widget(f"study_measure_{study.name}"),
        wrap=True,
    )
    drawn = study_figures(points, measure)
    if measure == "asr":
        st.caption("Thin lines: the 95 % range of a share of so many images.")
    side_by_side(drawn, RESULTS.widget(f"study_{study.name}_{measure}"))
    _numbers(drawn)


def _curves(study: recorded.Study, curves: list[StudyFigure]) -> None:
    st.caption("Over the steps: solid, the mean over the images; dotted, the image that wavers most.")
    side_by_side(curves, RESULTS.widget(f"study_{study.name}_curve"))
    _numbers(curves)


def _question(study: recorded.Study) -> None:
    """What is asked, what the paper says, and what was found."""
    if study.asked is None:
        return
    with st.container(border=True, gap="small"):
        st.caption("A question of our own" if study.asked.figure == OURS else f"The paper's {study.asked.figure}")
        st.markdown(f"**{study.asked.question}**")
        if study.asked.claim:
            st.markdown(
                f"- The paper: {study.asked.claim}\n- Does that hold here? **{study.verdict() or 'see below'}**"
            )


def _numbers(drawn: list[StudyFigure]) -> None:
    if drawn and not presenting():
        with st.expander("The numbers", icon=":material/table:"):
            for figure in drawn:
                st.markdown(f"**{figure.title}**")
                st.dataframe(figure.table, hide_index=True, height="content", alt=f"The numbers of {figure.title}")


def _details(study: recorded.Study) -> None:
    if study.conclusion():
        place = (
            st.container(height=HEIGHT)
            if presenting()
            else st.expander("What was found, in words", icon=":material/notes:", expanded=study.asked is None)
        )
        with place:
            st.markdown(study.conclusion(), width=900)
    if study.finding() and not presenting():
        with st.expander("All measures, and the images where variants differ", icon=":material/description:"):
            st.markdown(study.finding().replace("# ", "#### "))
