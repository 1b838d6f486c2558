"""Which part of a table is shown: model, cases, k and attacks, kept in the URL."""

from __future__ import annotations

from dataclasses import dataclass

from masw_core.benchmark.radii import at_radius, main_radius, radii_of
from masw_core.benchmark.summary import CASE_ORDER
from masw_core.benchmark.verdict import reading_order
from masw_core.views.glossary import tooltip
from pages.parts.results.sources import Source
from pages.shared.cases import CASES
from pages.shared.lesson import FILTERS, control
from pages.shared.links import RESULTS

import pandas as pd
import streamlit as st

CASE_TITLES = {**CASES, "universal": "Universal"}
ALL = "all"
MOST_BUTTONS = 8  # values of k; more of them go into a list, one at a time
MOST_ATTACKS = 40  # that are shown where nobody chose


@dataclass(frozen=True)
class Selection:
    """The rows to show.

    Attributes:
        table: what the filters leave.
        cells: the same cells with every attack, so that "the best" is the best of all.
        ks: which k are in it.
    """

    table: pd.DataFrame
    cells: pd.DataFrame
    ks: tuple[int, ...]


def choose_rows(source: Source, every_radius: bool = False) -> Selection | None:
    """The rows that the filters leave, or None and a sentence if that is none.

    Args:
        source: whose rows these are.
        every_radius: keep all radii; otherwise one is chosen, at first the whole one.
    """
    table = source.table
    with control(RESULTS.widget(FILTERS)), st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        table = _choose_model(table)
        table = table if every_radius else _choose_radius(table)
        k = _choose_k(table)
        cases = _choose_cases(table)
        attacks = _choose_attacks(table)
    cells = table[table["case"].isin(cases)]
    place = {name: number for number, name in enumerate([*reading_order(cells), *CASE_ORDER])}
    cells = cells.sort_values(
        ["attack", "k", "case"], key=lambda values: values if values.name == "k" else values.map(place), kind="stable"
    )
    if k != ALL:
        cells = cells[cells["k"] == int(k)]
    shown = attacks or reading_order(cells)[:MOST_ATTACKS]
    if (hidden := cells["attack"].nunique() - MOST_ATTACKS) > 0 and not attacks:
        st.caption(f"{hidden} more attacks are not shown: choose those that you want to see.")
    chosen = cells[cells["attack"].isin(shown)]
    if chosen.empty:
        st.info("No row is left: choose more cases, another k or other attacks.", icon=":material/filter_alt_off:")
        return None
    return Selection(chosen, cells, tuple(sorted(int(one) for one in chosen["k"].unique())))


def _choose_model(table: pd.DataFrame) -> pd.DataFrame:
    """One data set and model; there is nothing to choose where there is only one."""
    pairs = table["dataset"] + ", " + table["model"]
    names = list(pairs.unique())
    if len(names) == 1:
        return table
    name = st.selectbox("Data set, model", names, **RESULTS.model.bound, width=260)
    return table[pairs == name]


def _choose_k(table: pd.DataFrame) -> str:
    ks = [str(k) for k in sorted(table["k"].unique())]
    usual = RESULTS.k.default
    first, about = usual if usual in ks else ks[0], tooltip("k")
    if len(ks) > MOST_BUTTONS:
        return st.selectbox("k", ks, ks.index(first), **RESULTS.k.bound, help=about, width=120)
    return st.segmented_control("k", [*ks, ALL], default=first, required=True, **RESULTS.k.bound, help=about)


def _choose_radius(table: pd.DataFrame) -> pd.DataFrame:
    """One radius; there is nothing to choose where there is only one."""
    shares = radii_of(table)
    if len(shares) < 2:
        return table
    share = st.selectbox(
        "Radius",
        shares,
        shares.index(main_radius(table)),
        **RESULTS.radius.bound_as(lambda share: f"{share:g} τ"),
        help=tooltip("tau", more="Here a share of the radius that is recommended for the model and case."),
        width=110,
    )
    return at_radius(table, share)


def _choose_cases(table: pd.DataFrame) -> list[str]:
    """The cases; all of them where nobody chose."""
    there = [case for case in CASE_ORDER if case in set(table["case"])]
    chosen = st.pills(
        "Cases (none chosen: all)",
        there,
        selection_mode="multi",
        **RESULTS.case.bound_as(CASE_TITLES.__getitem__),
        wrap=True,
    )
    return list(chosen) or there


def _choose_attacks(table: pd.DataFrame) -> list[str]:
    return st.multiselect(
        "Attacks",
        list(table["attack"].unique()),
        **RESULTS.attacks.bound,
        placeholder="all",
        width=320,
        help="name:preset+setting=value, as the command line takes it.",
    )
