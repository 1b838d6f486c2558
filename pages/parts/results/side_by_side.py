"""Panels of figures, two a row; on a phone one below the other."""

from __future__ import annotations

from masw_core.views.study_figures import StudyFigure

import streamlit as st

PLOT = {"displaylogo": False}


def side_by_side(drawn: list[StudyFigure], key: str) -> None:
    """Draw them; every panel has its title above it."""
    for start in range(0, len(drawn), 2):
        pair = drawn[start : start + 2]
        for place, (column, figure) in enumerate(zip(st.columns(2, gap="medium"), pair, strict=False)):
            with column:
                st.markdown(f"**{figure.title}**")
                st.plotly_chart(figure.spec, key=f"{key}_{start + place}", alt=figure.alt, config=PLOT)
