"""The parts of a page: one below the other, or on a projector one at a time, because it has room for one.

A part that a lesson leaves out is neither drawn nor computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pages.shared.lesson import panel, presenting
from pages.shared.parameters import PageLinks

import streamlit as st

Part = tuple[str, Callable[[], Any]]  # the name that lessons have for it, and what draws it
LOW = 360  # pixels of a figure on a projector
FILES = "files"


def shown_parts(page: PageLinks, parts: Mapping[str, Part]) -> dict[str, Callable[[], Any]]:
    """Those that a lesson leaves, by their titles; files are not taken along from a projector."""
    kept = {title: part for title, part in parts.items() if panel(page.widget(part[0]))}
    return {title: draw for title, (name, draw) in kept.items() if not (presenting() and name == FILES)}


def choose_part(page: PageLinks, titles: list[str]) -> str | None:
    """On a projector, which part is shown; the address has it, so that a link opens on it. None: all of them."""
    if not presenting():
        return None
    if len(titles) < 2:
        return next(iter(titles), None)
    part = page.parameters()[page.widget("part")]
    first: dict[str, Any] = {"default": titles[0]}
    if part.key in st.session_state:
        first = {}
        if st.session_state[part.key] not in titles:  # of another run, or of another view
            st.session_state[part.key] = titles[0]
    return st.segmented_control(
        "Show", titles, required=True, **first, **part.bound, label_visibility="collapsed", wrap=True
    )


def draw_parts(page: PageLinks, parts: Mapping[str, Part]) -> None:
    """Draw the parts of a page, or the chosen one."""
    there = shown_parts(page, parts)
    draw_chosen(there, choose_part(page, list(there)))


def draw_chosen(there: Mapping[str, Callable[[], Any]], chosen: str | None) -> None:
    """Draw the part with the chosen title, or all of them, of what ``shown_parts`` gave."""
    for title, draw in there.items():
        if chosen in (None, title):
            draw()


def put_away(key: str) -> None:
    """Hide the widget with this key, which goes on living: a player still hears keys while another part is shown."""
    st.html(f"<style>.st-key-{key} {{ display: none; }}</style>")


def folded(title: str, icon: str, key: str) -> Any:
    """The place of a part that is unfolded on demand; None while it is closed. On a projector it has been chosen."""
    if presenting():
        return st.container()
    place = st.expander(title, icon=icon, key=key, on_change="rerun")
    return place if place.open else None


def fitting(spec: dict[str, Any], height: int = LOW) -> dict[str, Any]:
    """A Plotly figure, lower on a projector."""
    return {**spec, "layout": {**spec["layout"], "height": height}} if presenting() else spec
