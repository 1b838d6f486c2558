"""Comparisons worth a look, as links to the page with everything set."""

from __future__ import annotations

from typing import Any

from pages.shared.cards import COMPARE_CARD

import streamlit as st

EXAMPLES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "Who gets three labels out of the top 3?",
        ":material/directions_bike:",
        {"cmp_picture": "Bicycle tour", "cmp_methods": ["MASW", "TkML", "kFool", "PGD"]},
    ),
    (
        "What do the weights do?",
        ":material/balance:",
        {
            "cmp_picture": "Office",
            "cmp_case": "Worst case",
            "cmp_methods": ["MASW", "MASW (uniform weights)", "MASW (SPL weights)", "MASW (as printed)"],
        },
    ),
    (
        "A photo, and three labels nobody would guess",
        ":material/photo_camera:",
        {"cmp_picture": "Kitten and yarn", "cmp_case": "Worst case", "cmp_methods": ["MASW", "TkML", "Rank I"]},
    ),
)


def show_examples() -> None:
    """The links."""
    with st.container(horizontal=True, gap="medium"):
        for label, icon, query in EXAMPLES:
            st.page_link("pages/compare.py", label=label, icon=icon, query_params={COMPARE_CARD: "example", **query})
