"""The glossary at the end of the course: every symbol in one sentence, and a box to find one."""

from __future__ import annotations

from masw_core.views.glossary import found
from pages.shared.links import LEARN

import streamlit as st


def show_glossary() -> None:
    """Folded; the same rows are the tooltips on all pages."""
    with st.expander("Glossary", icon=":material/dictionary:", key=LEARN.widget("glossary")):
        words = st.text_input(
            "Find",
            key=LEARN.widget("find"),
            placeholder="such as ε, slack, Eq. 24",
            max_chars=60,
            width=320,
        )
        rows = found(words)
        if not rows:
            st.caption(f"No row has “{words}”: try one word of it.")
            return
        st.dataframe(
            {
                "symbol": [row.symbol for row in rows],
                "name": [row.name for row in rows],
                "what it means": [row.sentence for row in rows],
                "in the paper": [row.equation for row in rows],
            },
            hide_index=True,
            height="content" if len(rows) < 12 else 420,
            column_config={"symbol": st.column_config.TextColumn("symbol", width=90, pinned=True)},
            alt=f"{len(rows)} symbols and words of the method, what they mean and where the paper has them",
        )
