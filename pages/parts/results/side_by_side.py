"""Panels of figures, two a row; on a phone one below the other."""

from __future__ import annotations

from masw_core.views.study_figures import StudyFigure
from pages.shared.lesson import presenting
from pages.shared.parts import fitting

import streamlit as st

PLOT = {"displaylogo": False}


def side_by_side(drawn: list[StudyFigure], key: str) -> None:
    """Draw them; every panel has its title above it. A projector has room for one pair, which is chosen."""
    pairs = {" · ".join(one.title for one in drawn[start : start + 2]): start for start in range(0, len(drawn), 2)}
    starts = list(pairs.values())
    if presenting() and len(pairs) > 1:
        starts = [pairs[st.selectbox("Figures", list(pairs), key=f"{key}_pair", label_visibility="collapsed")]]
    for start in starts:
        pair = drawn[start : start + 2]
        for place, (column, figure) in enumerate(zip(st.columns(2, gap="medium"), pair, strict=False)):
            with column:
                st.markdown(f"**{figure.title}**")
                st.plotly_chart(fitting(figure.spec, 270), key=f"{key}_{start + place}", alt=figure.alt, config=PLOT)
