"""Links that open the lab or the Compare page with everything set: what they do not name goes back to its default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

CARD = "lab_card"  # in a link to the lab: forget what was set before
COMPARE_CARD = "cmp_card"  # the same for the Compare page
_PLAIN = {"attack": "masw", "case": "untargeted", "k": 3, "seed": 0, "cost": False}
_KEPT = ("current_run", "player", "upload", "run", "stop", "save", "chart", "advanced", "card", "quantity", "pictures")


def start_from_card(page: str = "lab", plain: Mapping[str, Any] | None = None) -> None:
    """If such a link was followed, put every setting of the page that it does not name back to its default.

    Settings outlive their page (they are bound to the URL), so without this a link would open with leftovers. A key
    that is merely deleted comes back, so defaults are written.

    Args:
        page: prefix of the page's keys.
        plain: defaults of settings that only this page has, by key without prefix.
    """
    card, prefix = f"{page}_card", f"{page}_"
    if card not in st.query_params:
        return
    named, defaults = set(st.query_params), {**_PLAIN, **(plain or {})}
    for key in map(str, list(st.session_state)):
        name = key.removeprefix(prefix)
        if key.startswith(prefix) and key not in named and not name.startswith(_KEPT):
            st.session_state[key] = "default" if key.endswith("_preset") else defaults.get(name)
    for name in ("model", "true"):  # follow the picture again, unless the link says otherwise
        if f"{prefix}{name}" in named:
            st.session_state.pop(f"_seen_{prefix}{name}", None)
        else:
            st.session_state[f"_seen_{prefix}{name}"] = None
    del st.query_params[card]
