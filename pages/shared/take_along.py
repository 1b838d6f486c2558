"""Buttons for files to take along: a file is made when somebody presses, and stays until the browser has fetched it.

Streamlit sends the browser an address of what was made, and until the browser asks for it no session holds the file.
The scripts of all visitors throw away what nobody holds, so where many are at work a file could be gone before it was
fetched: in a soak 30 of 193 reports were. The last files that were made are therefore held here.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable

import streamlit as st
from streamlit.runtime import Runtime

HELD = 16
_numbers = itertools.count()
_holding = threading.local()
# No session's script runs where a file is made, which Streamlit would say once per file.
logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").addFilter(
    lambda record: not getattr(_holding, "now", False)
)


def take_along(
    label: str, make: Callable[[], bytes | str], name: str, mime: str, key: str, explanation: str | None = None
) -> None:
    """A button that gives the browser a file.

    Args:
        label: on the button.
        make: called when somebody presses, in a thread of the server.
        name: of the file.
        mime: its type.
        key: of the widget.
        explanation: its tooltip.
    """
    st.download_button(
        label,
        lambda: held(make(), name, mime),
        name,
        mime,
        on_click="ignore",
        icon=":material/download:",
        help=explanation,
        key=key,
    )


def held(made: bytes | str, name: str, mime: str) -> bytes:
    """The file as bytes; Streamlit keeps it until so many others were made."""
    content = made.encode() if isinstance(made, str) else made
    if Runtime.exists():
        place = f"taken along {next(_numbers) % HELD}"
        _holding.now = True
        try:
            Runtime.instance().media_file_mgr.add(content, mime, place, name, is_for_static_download=True)
        finally:
            _holding.now = False
    return content
