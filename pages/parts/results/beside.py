"""Our numbers beside the paper's: two columns of their own, the difference, and how well the orders agree."""

from __future__ import annotations

from typing import Any

from pages.parts.results.cells import HINT, show
from pages.parts.results.filters import CASE_TITLES, Selection
from pages.parts.results.sources import PAPER, PAPER_TITLES, Source
from pages.parts.results.tables import DOUBT, Shown, Table
from pages.shared.following import changed
from pages.shared.links import RESULTS
from pages.shared.parts import draw_parts

import pandas as pd
import streamlit as st

MEASURES = {"asr": "ASR", "sasr": "SASR", "lfr": "LFR"}
DIFFERENT = (
    "The paper attacked other networks on other pictures of another size, so the level of two numbers in a line does "
    "not compare: what does is the **order** of the attacks. Only attacks that both have are listed."
)


def beside_the_paper(source: Source, selection: Selection) -> None:
    """The view."""
    if source.kind == PAPER:
        st.info("These are the paper's own numbers: choose recorded ones or your file.", icon=":material/compare:")
        return
    from masw_core.published.beside import beside

    own = next((name for name in selection.table["dataset"].unique() if name in PAPER_TITLES), next(iter(PAPER_TITLES)))
    if changed(RESULTS.against.key, own):
        st.session_state[RESULTS.against.key] = own
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        dataset = st.selectbox(
            "The paper's data set",
            list(PAPER_TITLES),
            index=list(PAPER_TITLES).index(own),
            **RESULTS.against.bound_as(PAPER_TITLES.__getitem__),
            width=220,
        )
        by = st.segmented_control(
            "Measure",
            list(MEASURES),
            default=RESULTS.by.default,
            required=True,
            **RESULTS.by.bound_as(MEASURES.__getitem__),
        )
    st.markdown(DIFFERENT)
    rows = beside(selection.table, dataset, by)
    if rows.empty:
        st.info("The paper prints no such case and k with attacks of this table.", icon=":material/search_off:")
        return
    draw_parts(
        RESULTS,
        {
            "In words": ("words", lambda: _agreement(selection.table, dataset, by)),
            "Table": ("cells", lambda: _side_by_side(rows, selection.table, MEASURES[by], PAPER_TITLES[dataset])),
        },
    )


def _agreement(table: pd.DataFrame, dataset: str, by: str) -> None:
    from masw_core.published.numbers import compare

    for row in compare(table, dataset, by).to_dict("records"):
        if row["attacks"] < 2:
            continue
        place = f"{CASE_TITLES[row['case']]}, k = {row['k']}"
        swapped = ", ".join(f"`{a}` before `{b}`" for a, b in row["disagreements"][:3])
        more = len(row["disagreements"]) - 3
        others = f" and {more} more pairs" if more > 0 else ""
        order = f" The paper has {swapped}{others}; here it is the other way round." if swapped else " The same order."
        st.markdown(f"- **{place}**: rank correlation {row['spearman']:.2f} over {row['attacks']} attacks.{order}")


def _side_by_side(rows: pd.DataFrame, table: pd.DataFrame, measure: str, dataset: str) -> None:
    doubtful = bool(rows["doubtful"].any())
    shown = pd.DataFrame(
        {
            "case": rows["case"].map(CASE_TITLES),
            "k": rows["k"],
            "attack": rows["attack"],
            "ours": rows["ours"],
            "paper": pd.Series([_printed(row) for row in rows.to_dict("records")], dtype=object),
            "difference": rows["difference"],
            "our place": rows["our_place"],
            "paper's place": rows["paper_place"],
            "printed": "Table " + rows["table"] + ", " + rows["method"],
            "note": rows["note"],
        }
    )
    styled = shown.style.format({"ours": "{:.1f}", "difference": "{:+.1f}", "paper": lambda number: number.text})
    st.caption(HINT)
    show(
        Table.by_row(styled, rows, table),
        RESULTS.widget("cells_beside"),
        f"{measure} of every attack: ours, the paper's on {dataset}, and the difference in points",
        {
            "ours": st.column_config.NumberColumn(f"ours, {measure} %"),
            "paper": st.column_config.NumberColumn(f"paper, {dataset}, {measure} %"),
            "difference": st.column_config.NumberColumn("ours − paper, points"),
        },
    )
    if doubtful:
        st.caption("\\* not to be relied on: the note says why. The tables were read from a scan of the paper.")


def _printed(row: dict[str, Any]) -> Shown:
    return Shown.of(row["paper"], f"{row['paper']:.1f}{DOUBT if row['doubtful'] else ''}")
