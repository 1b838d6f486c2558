"""Controls whose value follows another one until somebody changes it, as the model follows the picture."""

from __future__ import annotations

from typing import Any

import streamlit as st


def changed(key: str, value: Any) -> bool:
    """Whether ``value``, which the control ``key`` follows, is another one than last time; not the first time."""
    before = st.session_state.get(_last(key), value)
    st.session_state[_last(key)] = value
    return bool(before != value)


def follow_again(key: str) -> None:
    """The control takes its proposed value the next time, whatever it says now."""
    st.session_state[_last(key)] = None


def keep_value(key: str) -> None:
    """The control keeps its value the next time, whatever it would follow."""
    st.session_state.pop(_last(key), None)


def _last(key: str) -> str:
    return f"_seen_{key}"
