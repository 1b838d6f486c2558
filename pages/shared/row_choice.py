"""Which rows a chart or table shows: asked only where a run has more labels or constraints than fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    from masw_core.views.rows import ConstraintRow, LabelRow
    from pages.shared.parameters import PageLinks


def choose_rows(of: Sequence[LabelRow] | Sequence[ConstraintRow], what: str, page: PageLinks) -> dict[str, Any]:
    """The arguments ``find`` and ``every`` of a view; none where no row is folded.

    Args:
        of: the rows there are.
        what: what they are called, such as ``"labels"``.
        page: whose widgets these are.
    """
    from masw_core.views.rows import picked

    if not any(row.folded for row in of):
        return {}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        find = st.text_input(
            "Find", key=page.widget("find"), placeholder="a label, or several: dog, chair", max_chars=80, width=260
        ).strip()
        every = st.toggle(
            f"All {len(of)} {what}",
            key=page.widget("every"),
            disabled=bool(find),
            help="Otherwise: true labels, targets, the likeliest ones, and what enters the top k or moves.",
        )
    if find and not picked(of, find):
        st.caption(f"“{find}” is in the name of none of the {len(of)} {what}: try a part of a name.")
        find = ""
    return {"find": find, "every": every}
