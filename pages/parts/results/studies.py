"""Recorded studies (ablations): what each asks, whether the paper's claim holds, its figures and its numbers."""

from __future__ import annotations

from masw_core.published import recorded
from masw_core.views.study_figures import TITLES, StudyFigure, curve_figures, measures_of, study_figures
from pages.parts.results.side_by_side import side_by_side
from pages.shared.links import RESULTS

import streamlit as st

OURS = "ours"  # what studies that the paper does not have call their figure


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
    _question(study)
    there = measures_of(points)
    claimed = study.asked.measures if study.asked is not None else ()
    measure = st.segmented_control(
        "Measure",
        there,
        default=next((one for one in claimed if one in there), there[0]),
        required=True,
        format_func=lambda one: TITLES.get(one, one),
        key=RESULTS.widget(f"study_measure_{name}"),
        wrap=True,
    )
    drawn = study_figures(points, measure)
    if measure == "asr":
        st.caption("Thin lines: the 95 % range of a share of so many images.")
    side_by_side(drawn, RESULTS.widget(f"study_{name}_{measure}"))
    _numbers(drawn)
    names = study.asked.names if study.asked is not None else {}
    curves = curve_figures(study.curves(), names)
    if curves:
        st.caption("Over the steps: solid, the mean over the images; dotted, the image that wavers most.")
    side_by_side(curves, RESULTS.widget(f"study_{name}_curve"))
    _numbers(curves)
    _details(study)


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
    if drawn:
        with st.expander("The numbers", icon=":material/table:"):
            for figure in drawn:
                st.markdown(f"**{figure.title}**")
                st.dataframe(figure.table, hide_index=True, height="content", alt=f"The numbers of {figure.title}")


def _details(study: recorded.Study) -> None:
    if study.conclusion():
        with st.expander("What was found, in words", icon=":material/notes:", expanded=study.asked is None):
            st.markdown(study.conclusion(), width=900)
    if study.finding():
        with st.expander("All measures, and the images where variants differ", icon=":material/description:"):
            st.markdown(study.finding().replace("# ", "#### "))
