"""One idea on one screen: text, question and verdict on the left, the live figure on the right."""

from __future__ import annotations

from masw_core.views.glossary import term
from pages.parts.learn.chapter import Chapter
from pages.parts.learn.course import CHAPTERS
from pages.parts.learn.progress import SHOWN, Progress, current, keep
from pages.shared.lesson import presenting
from pages.shared.links import LEARN

import streamlit as st

OPTIONS = tuple(len(chapter.options) for chapter in CHAPTERS)


def show_course() -> None:
    """The line of progress, and the open idea."""
    progress = current(OPTIONS)
    chapter = CHAPTERS[progress.idea - 1]
    _line(progress)
    left, right = st.columns([1, 1.45], gap="large")
    with left:
        st.subheader(f"{progress.idea}. {chapter.title}", anchor=False)
        if progress.answer is None or not presenting():  # a projector has no room for what was said already
            st.markdown(chapter.text)
        _question(chapter, progress)
    with right, st.container(key=LEARN.widget(f"figure_{chapter.key}")):
        chapter.figure(progress.answer is not None)


def _line(progress: Progress) -> None:
    """Back, how far, on."""
    count = len(CHAPTERS)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _go("Back", ":material/arrow_back:", progress, -1, "b", disabled=progress.idea == 1)
        done = sum(answer is not None for answer in progress.answers)
        st.progress(done / count, f"Idea {progress.idea} of {count}: {done} answered")
        _go("Next", ":material/arrow_forward:", progress, 1, "n", disabled=progress.idea == count)


def _go(label: str, icon: str, progress: Progress, by: int, key: str, disabled: bool) -> None:
    st.button(
        label,
        icon=icon,
        shortcut=key,
        key=LEARN.widget(label.lower()),
        on_click=keep,
        args=(progress.at(progress.idea + by),),
        disabled=disabled,
    )


def _question(chapter: Chapter, progress: Progress) -> None:
    st.markdown(f"**What do you expect?** {chapter.question}")
    if progress.answer is None:
        for number, option in enumerate(chapter.options, start=1):
            st.button(
                option.text,
                key=LEARN.widget(f"option_{number}"),
                on_click=keep,
                args=(progress.answered(number),),
                width="stretch",
            )
        st.button("Show me", type="tertiary", key=LEARN.widget("show"), on_click=keep, args=(progress.answered(SHOWN),))
        return
    _verdict(chapter, progress.answer)
    st.markdown(chapter.after)
    if not presenting():
        st.caption(" · ".join(f"**{row.heading}**: {row.sentence}" for row in map(term, chapter.terms)))
    st.button(
        "Ask me again",
        icon=":material/replay:",
        type="tertiary",
        key=LEARN.widget("again"),
        on_click=keep,
        args=(progress.answered(None),),
    )


def _verdict(chapter: Chapter, answer: int) -> None:
    right = chapter.options[chapter.right - 1]
    if answer == chapter.right:
        st.success(f"**{right.text}** Yes. {right.why}", icon=":material/check:")
        return
    if answer != SHOWN:
        given = chapter.options[answer - 1]
        st.warning(f"**{given.text}** No. {given.why}", icon=":material/close:")
    st.info(f"**{right.text}** {right.why}", icon=":material/lightbulb:")
