"""The foot of every page: presenting it on a projector, and a link for a lesson in which few controls are shown.

Presenting (``present=1`` in the address) takes the settings off the page and makes the type larger.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pages.shared import lesson
from pages.shared.address import carried, carry, link_here
from pages.shared.cases import CASES
from pages.shared.lesson import LESSON, NOTHING, PRESENT, in_lesson, presenting
from pages.shared.links import ALL_LINKS, LEARN
from pages.shared.parameters import PageLinks
from pages.shared.style import dress

import streamlit as st


def begin() -> None:
    """Before a page: its styles, and what is wrong with a lesson link."""
    dress(projected=presenting())
    lesson.say_unknown()


def intro(text: str) -> None:
    """What a page is about, in Markdown; whoever presents it says that."""
    if not presenting():
        st.markdown(text, width=900)


def title(text: str) -> None:
    """The name of a page; a projector has it in the bar at the top, and no room for it twice."""
    if not presenting():
        st.title(text, anchor=False)


def say_task(attacks: str, case: str, k: int, true: Sequence[str]) -> None:
    """What is attacked and how, in a line: on a projector its controls are not on the page."""
    if presenting():
        st.markdown(f"**{attacks}** · {CASES[case].lower()}, k = {k} · true labels: {', '.join(true)}")


def beside_the_task() -> Any:
    """Where the line and the button go: one beside the other on a projector."""
    return st.container(horizontal=presenting(), vertical_alignment="center" if presenting() else "top")


def foot(file: str) -> None:
    """After a page: the switch, the lesson link, and the way out of both."""
    with st.container(
        horizontal=True,
        horizontal_alignment="right",
        vertical_alignment="center",
        gap="small",
        key="present_foot" if presenting() else None,
    ):
        if presenting():
            if file != LEARN.file:
                _next_idea()
            _switch("Stop presenting", ":material/close_fullscreen:", "")
        else:
            _switch("Present", ":material/slideshow:", "1")
            page = next((page for page in ALL_LINKS if page.file == file), None)
            if page is not None and not in_lesson():
                _lesson_link(page)
        if in_lesson():
            st.button(
                "End the lesson: show every control",
                icon=":material/lock_open:",
                type="tertiary",
                key="lesson_end",
                on_click=lesson.leave_lesson,
            )


def _switch(label: str, icon: str, value: str) -> None:
    st.button(
        label,
        icon=icon,
        type="tertiary",
        key="present_switch",
        on_click=carry,
        args=(PRESENT, value),
        help="Larger type, no settings. Space plays, ← and → step, N is the next idea of the course.",
    )


def _next_idea() -> None:
    """From any page on with the course."""
    if st.button("Next idea", icon=":material/school:", type="tertiary", shortcut="n", key="present_next"):
        idea = carried(LEARN.idea.key)
        carry(LEARN.idea.key, str(int(idea) + 1) if idea.isdecimal() and len(idea) < 3 else "1")
        st.switch_page(LEARN.file)


def _lesson_link(page: PageLinks) -> None:
    """Pick what students may change; the link opens this page as it is now, with everything else hidden."""
    with st.popover("Lesson link", icon=":material/cast_for_education:", type="tertiary", key="lesson_link"):
        controls, panels = lesson.choices(page), lesson.panels(page)
        chosen = st.pills(
            "Students may change", list(controls), selection_mode="multi", key="lesson_choices", wrap=True
        )
        seen = st.pills(
            "Panels that stay",
            list(panels),
            selection_mode="multi",
            default=list(panels),
            key="lesson_panels",
            wrap=True,
        )
        value = ",".join([*(controls[name] for name in chosen), *(panels[name] for name in seen)]) or NOTHING
        st.code(link_here(**{LESSON: value}), language=None, wrap_lines=True)
        st.caption("It opens this page as it is set now. A control that is not chosen is in force, but hidden.")
