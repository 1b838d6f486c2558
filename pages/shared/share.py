"""The link that reopens a run: folded, ready to copy. What it sets is a page's own business."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from pages.shared.parameters import PageLinks, Parameter

import streamlit as st

PICTURE_STAYS = "Your picture is not in the link: send the bundle instead, which has it."


def share(page: PageLinks, query: Mapping[str, Any], note: str = "") -> None:
    """A button that unfolds the link to a run of this page.

    Args:
        page: whose run it is.
        query: sets its controls.
        note: what the link does not carry.
    """
    with st.popover("Link", icon=":material/link:", type="tertiary", key=page.widget("link")):
        st.code(f"{st.context.url or ''}?{urlencode(query, doseq=True)}", language=None, wrap_lines=True)
        st.caption(f"Opens these settings; press the button there to run them again. {note}")


def set_now(parameters: Iterable[Parameter]) -> dict[str, Any]:
    """The query of every parameter whose widget says something else than by default."""
    query: dict[str, Any] = {}
    for parameter in parameters:
        value = st.session_state.get(parameter.key)
        if value is not None and value != parameter.fresh:
            several = isinstance(value, list | tuple)
            query[parameter.key] = [*map(parameter.as_shown, value)] if several else parameter.as_shown(value)
    return query
