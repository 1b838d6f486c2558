"""Recorded studies (ablations): what each found, its curve, and the numbers behind it."""

from __future__ import annotations

from masw_core.experiments import figures, recorded
from masw_core.experiments.study_figures import StudyFigure, curve_figures, measures_of, study_figures

import streamlit as st

FIRST = "weighting"  # the study to open with: what self-paced weighting brings
SHOWN_FIRST = 3  # measures drawn where nobody chose
NAMES = {**figures.TITLES, "relative_afd": "relative AFD", "fluctuation": "fluctuation"}


def ablations() -> None:
    """The view; studies have tables of their own."""
    studies = {study.name: study for study in recorded.recorded_studies()}
    if not studies:
        st.info("No studies are recorded yet.", icon=":material/science_off:")
        return
    name = st.selectbox(
        "Study",
        list(studies),
        index=list(studies).index(FIRST) if FIRST in studies else 0,
        format_func=lambda n: studies[n].title,
        key="res_study",
        bind="query-params",
        width=380,
    )
    study = studies[name]
    try:
        points = study.points()
    except ValueError as error:
        st.error(str(error), icon=":material/error:")
        return
    if study.conclusion():
        st.markdown(study.conclusion(), width=900)
    there = measures_of(points)
    chosen = st.pills(
        "Measures",
        there,
        selection_mode="multi",
        default=there[:SHOWN_FIRST],
        format_func=lambda m: NAMES.get(m, m),
        key=f"res_study_measures_{name}",
        wrap=True,
    )
    if not chosen:
        st.caption("Choose a measure to see its curve.")
    drawn = study_figures(points, list(chosen)) if chosen else []
    for number, figure in enumerate([*drawn, *curve_figures(study.curves())]):
        _draw(figure, f"res_study_{name}_{number}")
    if study.finding():
        with st.expander("Question, claim and tables", icon=":material/description:"):
            st.markdown(study.finding().replace("# ", "#### "))


def _draw(figure: StudyFigure, key: str) -> None:
    st.plotly_chart(figure.spec, key=key, alt=figure.alt, config={"displaylogo": False})
    with st.expander("The numbers", icon=":material/table:"):
        st.dataframe(figure.table, hide_index=True, height="content", alt=f"The numbers of {figure.title}")
