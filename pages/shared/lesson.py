"""Which controls and panels a page shows: all, those that a lesson link names, or, for a projector, no controls.

``lesson=`` in the address has the keys of controls and panels that stay, separated by commas; ``lesson=none`` leaves
none. A control that is hidden is in force: it is drawn, which reads its value from the address, and taken off the page
again. A panel of a run that is hidden is neither drawn nor computed; the player stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from pages.shared.address import carried, carry
from pages.shared.links import ALL_LINKS, COMPARE, LAB, PLAYGROUND, RESULTS, UNIVERSAL
from pages.shared.parameters import PageLinks

import streamlit as st

LESSON, PRESENT = "lesson", "present"
NOTHING = "none"
MOST_NAMES = 40
ADVANCED, MORE, PRESETS, SHORTCUTS, FILTERS = "advanced", "more", "presets", "shortcuts", "filters"  # whole panels
_TASK = ("picture", "model", "case", "k", "true")
_NAMES = {  # what a lecturer can leave to the students, by page: parameters, and panels as a whole
    LAB.prefix: ("attack", *_TASK, ADVANCED),
    COMPARE.prefix: ("methods", *_TASK, "steps", "tau", "seed", "cost", SHORTCUTS),
    PLAYGROUND.prefix: (PRESETS, "problem", "mode", "attacks", "weighting", "true", "target", "k", MORE),
    UNIVERSAL.prefix: ("model", "attack", "k", "passes", "samples", MORE),
    RESULTS.prefix: ("source", FILTERS),
}
_PANELS = {  # what is shown of a run or a table, by page
    LAB.prefix: ("numbers", "places", "charts", "conflict", "survival", "by_hand", "landscape", "files"),
    COMPARE.prefix: ("standings", "curves", "landscape", "side_by_side", "files"),
    PLAYGROUND.prefix: ("conflict", "fluctuation", "files"),
    UNIVERSAL.prefix: ("growth", "numbers", "scenes", "files"),
    RESULTS.prefix: ("words", "figures", "cells"),
}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_OF_PARTS = re.compile(r"(lab|play)_[a-z0-9]+_[a-z0-9_]+")  # a setting of an attack, a control of one toy problem


def presenting() -> bool:
    """Whether the page is shown on a projector."""
    return carried(PRESENT) == "1"


def in_lesson() -> bool:
    """Whether a lesson link decides which controls are shown."""
    return bool(carried(LESSON))


def leave_lesson() -> None:
    """Show every control again."""
    carry(LESSON, "")


def named() -> tuple[frozenset[str], tuple[str, ...]]:
    """The controls and panels that the lesson names, and names in it that are neither."""
    words = [word.strip() for word in carried(LESSON).split(",")][:MOST_NAMES]
    known = frozenset(word for word in words if _is_control(word))
    return known, tuple(dict.fromkeys(word for word in words if word and word != NOTHING and word not in known))


def shown(*keys: str) -> bool:
    """Whether one of these controls is on the page."""
    if in_lesson():
        return bool(named()[0] & set(keys))
    return not presenting()


def panel(key: str) -> bool:
    """Whether the panel with this key is on the page; one that is not is not computed either."""
    return not in_lesson() or key in named()[0]


@contextmanager
def control(*keys: str) -> Iterator[None]:
    """Draw the controls with these keys; where none of them is shown, they are in force and not on the page."""
    if shown(*keys):
        yield
        return
    place = st.empty()
    with place.container():
        yield
    place.empty()


def say_unknown() -> None:
    """A note about names in the lesson that are no controls; what cannot be a name is not repeated."""
    unknown = named()[1]
    if unknown:
        readable = [f"`{word}`" for word in unknown if _NAME.fullmatch(word)]
        what = ", ".join(readable) or "some names"
        st.caption(f"This lesson link also names {what}, which no page has: that part is ignored.")


def choices(page: PageLinks) -> dict[str, str]:
    """What a lesson can leave on a page: the name in the address by what a lecturer reads."""
    return {name: page.widget(name) for name in _NAMES[page.prefix]}


def panels(page: PageLinks) -> dict[str, str]:
    """What a lesson can leave of a run on a page, alike."""
    return {name: page.widget(name) for name in _PANELS[page.prefix]}


def _is_control(word: str) -> bool:
    return word in _every() or bool(_OF_PARTS.fullmatch(word))


@cache
def _every() -> frozenset[str]:
    """The keys of all parameters and panels that have a name of their own."""
    return frozenset(
        key for page in ALL_LINKS for key in (*page.parameters(), *choices(page).values(), *panels(page).values())
    )
