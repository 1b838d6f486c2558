"""Comparisons worth a look, as links to the page with everything set."""

from __future__ import annotations

from typing import Any

from pages.shared.links import COMPARE

import streamlit as st

EXAMPLES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "Who gets three labels out of the top 3?",
        ":material/directions_bike:",
        COMPARE.query(picture="Bicycle tour", methods=["MASW", "TkML", "kFool", "PGD"]),
    ),
    (
        "What do the weights do?",
        ":material/balance:",
        COMPARE.query(
            picture="Office",
            case="worst",
            methods=["MASW", "MASW (uniform weights)", "MASW (SPL weights)", "MASW (as printed)"],
        ),
    ),
    (
        "A photo, and three labels nobody would guess",
        ":material/photo_camera:",
        COMPARE.query(picture="Street in Berlin", case="worst", methods=["MASW", "TkML", "Rank I"]),
    ),
)


def show_examples() -> None:
    """The links."""
    with st.container(horizontal=True, gap="medium"):
        for label, icon, query in EXAMPLES:
            st.page_link(COMPARE.file, label=label, icon=icon, query_params=COMPARE.afresh("example", query))
