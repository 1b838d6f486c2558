"""Whether somebody still has a page open: then its run goes on, however late the page's looks at it get through.

A page looks at its run every few seconds. When the server is busy, or the browser rests the timers of a tab that is not
in front, looks come late or not at all, although nobody has gone away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

_KEY = "_presence"


@dataclass
class Presence:
    """Where a session is.

    Attributes:
        session: Streamlit's name for it.
        page: the title of the page that it has opened last.
    """

    session: str
    page: str

    def still_on(self, page: str) -> bool:
        """Whether the browser is connected and shows this page; safe to ask in any thread."""
        return self.page == page and Runtime.exists() and Runtime.instance().is_active_session(self.session)


def arrive(page: str) -> None:
    """The session has opened a page."""
    context = get_script_run_ctx()
    if _KEY in st.session_state:
        st.session_state[_KEY].page = page
    elif context is not None:
        st.session_state[_KEY] = Presence(context.session_id, page)


def here() -> Callable[[], bool]:
    """What tells, from now on and in any thread, whether the page that is open now is still open."""
    presence: Presence | None = st.session_state.get(_KEY)
    if presence is None:
        return lambda: False
    page = presence.page
    return lambda: presence.still_on(page)
