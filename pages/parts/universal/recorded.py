"""The universal attack that the page shows before anything has run, recorded by ``scripts/record_universal.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from masw_core.assets import ASSETS
from pages.parts.universal import panels
from pages.shared.lesson import presenting
from pages.shared.links import UNIVERSAL
from pages.shared.parts import draw_parts

import numpy as np
import streamlit as st

if TYPE_CHECKING:
    from masw_core.universal.showcase import Showcase

RECORDED = ASSETS / "recorded" / "universal.npz"


@st.cache_resource(max_entries=1, show_spinner=False)
def showcase() -> Showcase:
    from masw_core.universal.showcase import Showcase

    return Showcase.load(RECORDED)


def show_recorded() -> None:
    """Everything below the controls, from the file."""
    shown = showcase()
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.badge("recorded", icon=":material/history:", color="gray")
        st.caption(f"{shown.about} Press Run to compute your own.")
    key = UNIVERSAL.widget("recorded")
    draw_parts(
        UNIVERSAL,
        {
            panels.GROWTH: (
                "growth",
                lambda: panels.curves(shown.history, shown.batches, shown.training, shown.passes, shown.z, key),
            ),
            panels.NUMBERS: (
                "numbers",
                lambda: panels.numbers(shown.history, shown.best_pass, shown.verdict, shown.z),
            ),
            panels.SCENES: ("scenes", lambda: _scenes(shown)),
        },
    )


def _scenes(shown: Showcase) -> None:
    if not presenting():
        st.caption("The first three held-out scenes that it fools, and the first three that it does not:")
    panels.gallery(shown.scenes, shown.z, shown.verdict, np.arange(len(shown.scenes)), shown.labels)
