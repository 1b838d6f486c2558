"""Norms on the images that two attacks both solved: the fair way to compare how small perturbations are."""

from __future__ import annotations

from masw_core.benchmark.summary import GROUP, norms_where_both_succeed
from pages.parts.results.cells import HINT, show
from pages.parts.results.filters import CASE_TITLES, Selection
from pages.parts.results.sources import Source
from pages.parts.results.tables import Table
from pages.shared.links import RESULTS
from pages.shared.parts import draw_parts

import pandas as pd
import streamlit as st

FEWEST = 10  # images; a mean over fewer says nothing


def norms(source: Source, selection: Selection) -> None:
    """The view."""
    samples = source.set.samples() if source.set is not None else None
    if samples is None:
        st.info(
            "Norms are compared image by image, which needs one row per image; only recorded sets have those.",
            icon=":material/straighten:",
        )
        return
    attacks, usual = list(selection.cells["attack"].unique()), RESULTS.base.default
    against = st.selectbox(
        "Compared with",
        attacks,
        index=attacks.index(usual) if usual in attacks else 0,
        **RESULTS.base.bound,
        width=320,
    )
    st.markdown(
        f"Mean L2 norm on the images that an attack and `{against}` **both** solved (failures have no meaningful "
        f"norm). ÷ {against} above 1: `{against}` needs the smaller perturbation; below 1: the larger."
    )
    wanted = selection.table[GROUP].drop_duplicates()
    rows = norms_where_both_succeed(samples, against).merge(wanted, on=list(wanted))
    if rows.empty:
        st.info("There is no image that two of these attacks both solved.", icon=":material/straighten:")
        return
    draw_parts(RESULTS, {"Table": ("cells", lambda: _table(rows, selection.table, against))})


def _table(rows: pd.DataFrame, table: pd.DataFrame, against: str) -> None:
    shown = pd.DataFrame(
        {
            "case": rows["case"].map(CASE_TITLES),
            "k": rows["k"],
            "attack": rows["attack"],
            f"÷ {against}": rows["ratio"],
            "norm": rows["norm"],
            f"norm of {against}": rows["norm_against"],
            "images": rows["both"],
        }
    )
    numbers = dict.fromkeys((f"÷ {against}", "norm", f"norm of {against}"), "{:.2f}")
    st.caption(HINT)
    alt = f"Norms of every attack and of {against} on the images that both solved"
    show(Table.by_row(shown.style.format(numbers), rows, table), RESULTS.widget("cells_norms"), alt, {})
    if (rows["both"] < FEWEST).any():
        st.caption(f"Rows with fewer than {FEWEST} images say little.")
