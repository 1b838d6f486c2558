"""What a link brings along, and what of it was not possible.

Streamlit drops a value that no widget takes and says nothing. Here it is said, once for all pages, in a note above
the page that stays until the control has another value.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isinf
from typing import Any

from pages.shared.following import follow_again, keep_value
from pages.shared.links import TaskLinks
from pages.shared.parameters import PageLinks, Parameter

import streamlit as st

MOST_NOTES, LONGEST = 5, 40  # notes at once, and characters of a value in one
_AT, _ASKED, _NOTES = "_link_page", "_link_asked", "_link_notes"


@dataclass(frozen=True)
class Note:
    """A value that was put back: whose it was, what it is since, and the sentence."""

    key: str
    value: Any
    sentence: str

    @property
    def holds(self) -> bool:
        return bool(st.session_state.get(self.key) == self.value)


class Opened:
    """A page that was opened, perhaps by a link. A page makes it first and explains it last.

    Args:
        page: its parameters. A link that has the page's ``card`` puts every setting that it does not name back to
            its default.
    """

    def __init__(self, page: PageLinks) -> None:
        self._page, self._place, state = page, st.empty(), st.session_state
        if state.get(_AT) != page.prefix:  # a link was opened, or somebody came from another page
            state[_AT], state[_ASKED], state[_NOTES] = page.prefix, _asked(page), []
            _drop_endless(state[_ASKED])
        if isinstance(page, TaskLinks) and page.card.key in st.query_params:
            put_back(page, set(st.query_params))
            del st.query_params[page.card.key]
        state[_NOTES] = [note for note in state[_NOTES] if note.holds]
        _draw(self._place, state[_NOTES])

    def explain(self) -> None:
        """Compare what the address asked for with what the widgets took, once they are all there."""
        page, state = self._page, st.session_state
        if asked := state.pop(_ASKED, None):
            state[_NOTES] = [note for key, texts in asked.items() if (note := _note(page, key, texts)) is not None]
            _draw(self._place, state[_NOTES])


def put_back(page: TaskLinks, named: set[str]) -> None:
    """Every setting but those named gets its default; model and labels follow the picture again.

    Settings outlive their page (they are bound to the address), so without this a link would open with leftovers. A
    key that is merely deleted comes back, so defaults are written.
    """
    for key in map(str, list(st.session_state)):
        parameter = page.find(key) if key.startswith(f"{page.prefix}_") and key not in named else None
        if parameter is not None and not parameter.look and parameter is not page.card:
            st.session_state[key] = parameter.fresh
    for parameter in (page.model, page.true):
        if parameter.key in named:
            keep_value(parameter.key)
        else:
            follow_again(parameter.key)


def take_step(parameter: Parameter) -> int | None:
    """The step that a link asks for; it leaves the address, because it belongs to the run that is made next."""
    text = st.query_params.get(parameter.key, "")
    if parameter.key in st.query_params:
        del st.query_params[parameter.key]
    return int(text) if text.isdecimal() and len(text) < LONGEST else None


def _asked(page: PageLinks) -> dict[str, list[str]]:
    return {key: st.query_params.get_all(key) for key in st.query_params if key.startswith(f"{page.prefix}_")}


def _drop_endless(asked: dict[str, list[str]]) -> None:
    """Take numbers without end out of the address and start again: a widget of whole numbers fails on them."""
    endless = [key for key, texts in asked.items() if any(map(_is_endless, texts))]
    for key in endless:
        del st.query_params[key]
    if endless:
        st.rerun()


def _is_endless(text: str) -> bool:
    try:
        return isinf(float(text))
    except ValueError:
        return False


def _note(page: PageLinks, key: str, texts: list[str]) -> Note | None:
    """What is to be said of a parameter of the address; None: it was taken, or its widget is not shown."""
    parameter, name = page.find(key), key.removeprefix(f"{page.prefix}_").replace("_", " ")
    if parameter is None:
        return Note(key, None, f"{_code(name)} is no setting of this page.")
    if key not in st.session_state:
        return None
    value, texts = st.session_state[key], [text for text in texts if text]
    values = value if isinstance(value, list | tuple) else [] if value in (None, "") else [value]
    shown = [parameter.as_shown(one) for one in values]
    if len(shown) == len(texts) and all(map(_same, shown, texts)):
        return None
    now = f"it is {_code(', '.join(shown))} now" if shown else "it is left open"
    return Note(key, value, f"{_code(name)} = {_code(', '.join(texts))} is not possible here: {now}.")


def _same(shown: str, text: str) -> bool:
    if shown == text or (shown in ("True", "False") and shown.lower() == text.lower()):
        return True
    try:
        return float(shown) == float(text)
    except ValueError:
        return False


def _code(text: str) -> str:
    """A text that nobody vouches for, so that it is shown and never read as Markdown."""
    kept = "".join(one if one.isprintable() and one != "`" else " " for one in text[:LONGEST]).strip()
    return f"`{kept}{'…' if len(text) > LONGEST else ''}`" if kept else "nothing"


def _draw(place: Any, notes: list[Note]) -> None:
    if notes:
        more = [f"The same goes for {len(notes) - MOST_NOTES} more."] if len(notes) > MOST_NOTES else []
        text = "  \n".join([*(note.sentence for note in notes[:MOST_NOTES]), *more])
        place.info(f"This link was not quite possible.  \n{text}", icon=":material/link_off:")
    else:
        place.empty()
