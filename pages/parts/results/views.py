"""The views of the results page that show one table: as bars of one measure, and every measure."""

from __future__ import annotations

from functools import cache
from typing import Any

from masw_core.benchmark.verdict import verdict
from masw_core.views import sweep_figures as figures
from pages.parts.results.cells import HINT, show
from pages.parts.results.filters import CASE_TITLES, Selection
from pages.parts.results.sources import PAPER, Source
from pages.parts.results.tables import MEANS, PERCENT, RANKED, TITLES, Table, by_case, by_measure, short
from pages.shared.lesson import presenting
from pages.shared.links import RESULTS
from pages.shared.parts import LOW, draw_parts
from pages.shared.take_along import take_along

import streamlit as st

PLOT = {"displaylogo": False}


def _say(selection: Selection) -> None:
    """What the numbers say, in sentences made from them."""
    said = verdict(selection.cells)
    points = [part for part in (said.rival, said.soft, said.weights, said.behind, said.chance) if part]
    with st.container(border=True, gap="small"):
        if said.lead:
            st.markdown(f"**{said.lead}**")
        if points:
            st.markdown("\n".join(f"- {part}" for part in points))


def chart(source: Source, selection: Selection) -> None:
    """Bars of one measure, and the same numbers as a table."""
    measure = cache(lambda: _choose_measure(selection))  # drawn once, above whatever asks for it first
    draw_parts(
        RESULTS,
        {
            "In words": ("words", lambda: _say(selection)),
            "Figure": ("figures", lambda: _bars(selection, measure())),
            "Table": ("cells", lambda: _cells(selection, measure())),
        },
    )


def _choose_measure(selection: Selection) -> str:
    there = [name for name in PERCENT if selection.table[name].notna().any()]
    return st.segmented_control(
        "Measure",
        there,
        default=there[0],
        required=True,
        **RESULTS.measure.bound_as(short),
        help="  \n".join(f"**{short(name)}**: {MEANS[name]}" for name in there),
    )


def _cells(selection: Selection, measure: str) -> None:
    best = "best of its column" if measure in RANKED else "is given to ASR, SASR, LFR and AFD only"
    alt = f"{TITLES[measure]} of every attack and case"
    _show(by_case(selection.table, measure), RESULTS.widget("cells_chart"), alt, best)


def _bars(selection: Selection, measure: str) -> None:
    for k in selection.ks:
        rows = selection.table[(selection.table["k"] == k) & selection.table[measure].notna()]
        rows = rows.assign(case=rows["case"].map(CASE_TITLES))
        attacks, cases = rows["attack"].nunique(), rows["case"].nunique()
        spec = figures.bars(rows, measure, k)
        spec["layout"] |= {
            "height": LOW if presenting() else 420,
            "xaxis": {"categoryorder": "array", "categoryarray": list(CASE_TITLES.values())},
        }
        name = short(measure)
        st.plotly_chart(
            spec,
            key=RESULTS.widget(f"bars_{measure}_{k}"),
            config=PLOT,
            alt=f"Bars: {name} in percent of {attacks} attacks in {cases} cases at k = {k}; the table below has them.",
        )


def table(source: Source, selection: Selection) -> None:
    """Every measure of every row."""
    printed = ("method", "table", "note") if source.kind == PAPER else ()
    best = "best ASR, SASR, LFR and AFD of a case and k (small norms are no merit of an attack that fails)"
    alt = "Every measure of every case, k and attack"
    draw_parts(
        RESULTS,
        {
            "In words": ("words", lambda: _say(selection)),
            "Table": (
                "cells",
                lambda: _show(by_measure(selection.table, printed), RESULTS.widget("cells_table"), alt, best),
            ),
        },
    )


def _show(made: Table, key: str, alt: str, best: str) -> None:
    """A table of measures; ``best`` says what its stars mean."""
    st.caption(f"★ {best}. {HINT}")
    columns = {title: st.column_config.NumberColumn(title, help=MEANS[name]) for name, title in TITLES.items()}
    show(made, key, alt, columns)


def download(source: Source, data: Any) -> None:
    """The rows as a file."""
    take_along(
        "results.csv",
        lambda: data.to_csv(index=False),
        "results.csv",
        "text/csv",
        RESULTS.widget("save"),
        "The rows that the filters leave, as this page takes them back.",
    )
