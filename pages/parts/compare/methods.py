"""The methods that Compare offers, and what people call them."""

from __future__ import annotations

import streamlit as st

FEWEST, MOST = 2, 4
WON, SAME = "Each at its first success, or its best", "All at the same step"  # where pictures are taken
VARIANTS = {
    "masw+weighting=uniform": "MASW (uniform weights)",
    "masw+weighting=fixed": "MASW (fixed ε)",
    "masw+weighting=spl": "MASW (SPL weights)",
    "masw+reference=flow": "MASW (flowing reference)",
    "masw:paper+step_rule=unit+step_size=None": "MASW (as printed)",
    "madw:few-steps": "MADW (few steps)",
}
WEIGHTINGS = ("masw", "masw+weighting=uniform", "masw+weighting=fixed", "masw+weighting=spl")  # SPW and its ablations
WEIGHTING_ROW = tuple(VARIANTS.get(method, "MASW") for method in WEIGHTINGS)  # as people call them


@st.cache_data(max_entries=1, show_spinner=False)
def method_titles() -> dict[str, str]:
    """Every method that can be chosen, as the command line writes it, and what people call it."""
    from masw_core.attacks import list_attacks

    return {info.name: info.title for info in list_attacks()} | VARIANTS
