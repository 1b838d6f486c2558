"""Recorded studies (ablations): what each found, its curve, and the numbers behind it."""

from __future__ import annotations

from masw_core.experiments import figures, recorded
from masw_core.experiments.study_figures import measures_of, study_figures

import streamlit as st

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
    if study.finding():
        st.markdown(study.finding())
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
        return
    for number, figure in enumerate(study_figures(points, list(chosen))):
        st.plotly_chart(figure.spec, key=f"res_study_{name}_{number}", alt=figure.alt, config={"displaylogo": False})
        with st.expander("The numbers", icon=":material/table:"):
            st.dataframe(figure.table, hide_index=True, height="content", alt=f"The numbers of {figure.title}")
