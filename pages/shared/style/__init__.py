"""What the theme (``.streamlit/config.toml``) cannot say: two style sheets, for everybody and for a projector."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent


def dress(projected: bool) -> None:
    """Put the styles on the page.

    Args:
        projected: for a projector of 1280 by 720 as well: larger type, and little room around it.
    """
    st.html(_HERE / "everywhere.css")
    if projected:
        st.html(_HERE / "projector.css")
