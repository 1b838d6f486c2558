"""The frame around every page: the page registry, the router, and the guard against cold deep links.

Streamlit has an older multi-page mode for folders named ``pages``. On a fresh server, until some session has
called ``st.navigation``, a visit by deep link runs the page file without ever running ``app.py``. The first line
of each page is therefore ``ensure_router()``, which notices that and starts again through the router.
"""

from __future__ import annotations

from dataclasses import dataclass

from masw_core.assets import ASSETS
from masw_core.engine import in_process, memory
from pages.shared import garbage, presence, presenter
from pages.shared.links import COMPARE, LAB, LEARN, PLAYGROUND, RESULTS, UNIVERSAL

import streamlit as st

TITLE = "MASW Explorer"
ICON = ASSETS / "icon.png"
_FLAG = "_router"


@dataclass(frozen=True)
class PageRow:
    """One row of the page registry; a new page is a new row in ``PAGES``."""

    file: str
    title: str
    url_path: str
    help: str


PAGES = (
    PageRow("pages/home.py", "Home", "", "What this is, and runs to start from."),
    PageRow(LEARN.file, "Learn", "learn", "A short course: one idea at a time, a question before each answer."),
    PageRow(LAB.file, "Attack lab", "attack_lab", "Choose a picture and an attack, run it, and replay every step."),
    PageRow(COMPARE.file, "Compare", "compare", "Two to four attacks on the same picture, under the same rules."),
    PageRow(PLAYGROUND.file, "Playground", "playground", "Two dimensions: watch attacks and their constraints."),
    PageRow(UNIVERSAL.file, "Universal", "universal", "One perturbation that fools many pictures at once."),
    PageRow(
        RESULTS.file,
        "Results",
        "results",
        "Tables and figures: measured here, as the paper prints them, or from your own file.",
    ),
)


def _navigation() -> st.Page:
    pages = [
        st.Page(
            row.file,
            title=row.title,
            url_path=row.url_path or None,
            default=row is PAGES[0],
            help=row.help,
        )
        for row in PAGES
    ]
    return st.navigation(pages, position="top")


def route() -> None:
    """Register the pages, configure the browser tab and run the page of the address. Called by ``app.py`` only."""
    st.session_state[_FLAG] = True
    if not in_process():
        memory.take_large_blocks_from_the_system()
    page = _navigation()
    _configure(page.title)
    presence.arrive(page.title)
    presenter.begin()
    page.run()
    presenter.foot(next(row.file for row in PAGES if row.title == page.title))
    garbage.set_aside()


def ensure_router() -> None:
    """Start again through the router if this page was started without it (a deep link on a cold server)."""
    if not st.session_state.get(_FLAG):
        _configure(_navigation().title)
        st.rerun()


def _configure(title: str) -> None:
    """The browser tab. Pages have no icons of their own: Streamlit would fetch those from another server."""
    st.set_page_config(page_title=f"{title} · {TITLE}", page_icon=str(ICON), layout="wide")
    st.logo(str(ICON), size="large")
