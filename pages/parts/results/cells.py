"""A table on the results page whose cells lead to an example of them in the attack lab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pages.parts.results.filters import CASE_TITLES
from pages.parts.results.tables import NOTHING, PERCENT, Table, attack_column, short
from pages.shared.lesson import presenting
from pages.shared.links import LAB

import pandas as pd
import streamlit as st

HINT = "Choose any cell to open an example of it in the Attack lab."
MOST_ROWS = 18  # longer tables scroll, so that what a cell leads to stays in sight below them
HEIGHT = 640  # pixels
FEW_ROWS, LOW = 7, 290  # on a projector


def show(made: Table, key: str, alt: str, columns: Mapping[str, Any]) -> None:
    """The table and, below it, the example of the chosen cell."""
    names = made.styled.data["attack"]
    event = st.dataframe(
        made.styled,
        hide_index=True,
        key=key,
        on_select="rerun",
        selection_mode="single-cell",
        height=_height(len(names)),
        placeholder=NOTHING,
        alt=alt,
        column_config={"attack": attack_column(names), **columns},
    )
    cells = event.selection.cells
    chosen = made.at(*cells[0]) if cells else None
    if chosen is not None:
        _example(chosen)


def _height(rows: int) -> Literal["content"] | int:
    most, height = (FEW_ROWS, LOW) if presenting() else (MOST_ROWS, HEIGHT)
    return "content" if rows <= most else height


def _example(row: pd.Series) -> None:
    """The link to the lab, or one sentence on why there is none."""
    from pages.parts.results.example import example_of

    case = CASE_TITLES[row["case"]].lower()
    with st.container(border=True, gap="small"):
        st.markdown(f"`{row['attack']}`, {case}, k = {row['k']}: {_numbers(row)}")
        try:
            with st.spinner("Preparing the link…"):
                example = example_of(row["model"], row["case"], int(row["k"]), row["attack"], row["steps"], row["tau"])
        except ValueError as error:
            st.caption(str(error))
            return
        st.page_link(
            LAB.file,
            label=f"Run it on “{example.picture}” in the Attack lab",
            icon=":material/science:",
            query_params=example.query,
        )
        if example.note:
            st.caption(example.note)


def _numbers(row: pd.Series) -> str:
    names = [name for name in PERCENT[:3] if pd.notna(row[name])]
    return ", ".join(f"{short(name)} {100 * row[name]:.1f} %" for name in names)
