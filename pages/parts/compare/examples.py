"""Comparisons worth a look, as links to the page with everything set."""

from __future__ import annotations

from typing import Any

from pages.parts.compare.methods import WEIGHTING_ROW
from pages.parts.home.recorded import in_compare, recorded_run
from pages.shared.links import COMPARE

import streamlit as st

Example = tuple[str, str, dict[str, Any]]
OTHERS: tuple[Example, ...] = (
    (
        "Who gets three labels out of the top 3?",
        ":material/directions_bike:",
        COMPARE.query(picture="Bicycle tour", methods=["MASW", "TkML", "kFool", "PGD"]),
    ),
    (
        "A photo, and three labels nobody would guess",
        ":material/photo_camera:",
        COMPARE.query(picture="Street in Berlin", case="worst", methods=["MASW", "TkML", "Rank I"]),
    ),
    (
        "A street in Rome, out of the top 5",
        ":material/traffic:",
        COMPARE.query(picture="Street in Rome", k=5, methods=["MASW", "MASW (uniform weights)", "TkML"]),
    ),
    (
        "Four animals, out of the top 10 in a small radius",
        ":material/pets:",
        COMPARE.query(picture="Four animals (collage)", k=10, tau=0.4, methods=WEIGHTING_ROW),
    ),
)


def examples() -> tuple[Example, ...]:
    """All of them; the weightings on the run that Home replays come first."""
    recorded = recorded_run()
    if recorded is None:
        return OTHERS
    return (("What do the weights do?", ":material/balance:", in_compare(recorded["setting"], WEIGHTING_ROW)), *OTHERS)


def show_examples() -> None:
    """The links."""
    with st.container(horizontal=True, gap="medium"):
        for label, icon, query in examples():
            st.page_link(COMPARE.file, label=label, icon=icon, query_params=COMPARE.afresh("example", query))
