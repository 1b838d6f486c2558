"""Parameters of the address that no widget owns, carried from page to page: changing the page clears the address.

What the address says counts; where it says nothing, the last word of this session does and is written back.
"""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st


def carried(key: str) -> str:
    """The value of a parameter; empty where neither the address nor this session has one."""
    if key in st.query_params:
        st.session_state[_memory(key)] = st.query_params[key]
    elif value := st.session_state.get(_memory(key), ""):
        st.query_params[key] = value
    return str(st.session_state.get(_memory(key), ""))


def carry(key: str, value: str) -> None:
    """Set a parameter from now on; an empty value takes it out of the address."""
    st.session_state[_memory(key)] = value
    if value:
        st.query_params[key] = value
    elif key in st.query_params:
        del st.query_params[key]


def link_here(**more: str) -> str:
    """The address of this page as it is set now; ``more``: parameters that the link has besides."""
    here = urlsplit(st.context.url or "")
    query = {name: st.query_params.get_all(name) for name in st.query_params} | more
    return urlunsplit((here.scheme, here.netloc, here.path, urlencode(query, doseq=True), ""))


def _memory(key: str) -> str:
    return f"_carried_{key}"
