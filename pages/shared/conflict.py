"""How the constraints of a step get on, drawn: sentences, the matrix, the shares, and the same as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pages.shared.lesson import presenting
from pages.shared.parts import fitting

import streamlit as st

if TYPE_CHECKING:
    from masw_core.one_picture.conflict import Conflict
    from masw_core.trace.trace import Trace


def draw(trace: Trace, found: Conflict, key: str) -> None:
    """Sentences, the matrix and the shares side by side, and the same as a table."""
    from masw_core.views import conflict as views

    bars = views.shares(trace, found) if len(found) else None
    words, left, right = _places(bool(bars))
    words.markdown("\n".join(f"- {sentence}" for sentence in views.sentences(trace, found)))
    if not len(found):
        return
    with left:
        st.markdown("**Who pulls with whom**: cosines between the gradients of the constraints")
        alt = f"Cosines between the gradients of {len(found)} constraints at step {found.step}; the table says the same"
        matrix = fitting(views.matrix(trace, found))
        st.plotly_chart(matrix, key=f"{key}_matrix", alt=alt, config={"displaylogo": False})
    with right:
        if bars:
            st.markdown("**Whose step it is**: share of each constraint, hatched where it is given up")
            alt = f"Share of {len(found)} constraints in the step; the table says the same"
            st.plotly_chart(fitting(bars), key=f"{key}_shares", alt=alt, config={"displaylogo": False})
        else:
            st.caption("This attack's step is no weighted sum of the constraints' gradients, so it has no shares.")
    if presenting():
        return
    with st.expander("The same as a table", icon=":material/table:"):
        st.dataframe(
            views.table(trace, found),
            hide_index=True,
            height="content",
            alt="Slack, weight, share and strongest rival of every constraint",
            column_config={
                "constraint": st.column_config.TextColumn(pinned=True),
                "slack": st.column_config.NumberColumn(format="%.3f"),
                "weight": st.column_config.NumberColumn(format="%.2f"),
                "share of the step": st.column_config.NumberColumn(format="percent"),
                "cosine": st.column_config.NumberColumn(format="%.2f"),
            },
        )
    st.caption(
        "Cosine 1: the same way, −1: opposite ways, so that one is met at the cost of the other (Theorem 1). "
        "A share is the part of wⱼ λⱼ slackⱼ ∇CTⱼ (Eqs. 17 and 24) along the step; they sum to 100 %."
    )


def _places(three: bool) -> tuple[Any, Any, Any]:
    """Where the words, the matrix and the shares go: on a projector beside each other."""
    if presenting():
        words, left, right = st.columns([1, 1.15, 1.15], gap="medium")
        return words, left, right
    words = st.container()
    left, right = st.columns([1.15, 1], gap="medium") if three else (st.container(), st.container())
    return words, left, right
