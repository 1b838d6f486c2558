"""Result tables as people read them: mean ± spread, the best of every column marked, and sorted by their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from masw_core.benchmark.radii import PLACE, area_under_afd, radii_of
from masw_core.benchmark.summary import GROUP, completed, over_seeds
from masw_core.views.glossary import term
from pages.parts.results.filters import CASE_TITLES

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

TITLES = {
    "asr": "ASR %",
    "sasr": "SASR %",
    "lfr": "LFR %",
    "afd": "AFD",
    "sac": "SAC %",
    "fluctuating": "Wavering %",
    "norm": "Norm",
    "pert_table": "Pert ×10⁻²",
    "seconds_per_image": "s / image",
}
PERCENT = ("asr", "sasr", "lfr", "sac", "fluctuating")
RANKED = ("asr", "sasr", "lfr", "afd")  # small norms or few changes are no merit of an attack that fails
LOWEST_IS_BEST = ("afd",)
MEANS = {
    "asr": term("asr").sentence,
    "sasr": term("sasr").sentence,
    "lfr": term("lfr").sentence,
    "afd": f"{term('afd').sentence} Lower is better.",
    "sac": f"{term('sac').sentence} Higher is better.",
    "fluctuating": "The share of runs whose Lagrangian fluctuates by more than 0.3. Lower is better.",
    "norm": f"{term('norm').sentence} The mean, failures too. Lower is better.",
    "pert_table": "What the paper's tables report: an artanh norm over successes only. Lower is better.",
    "seconds_per_image": "On the machine that measured, images attacked in batches.",
}
BEST_STYLE = "font-weight: 700; background-color: rgba(23, 147, 164, 0.16)"
AREA = "area"
NOTHING = "–"
DOUBT = "*"
MOST_WIDE = 230  # pixels


class Shown(float):
    """A number that knows its text, so that a table sorts by the number and shows the text."""

    text: str = NOTHING

    @classmethod
    def of(cls, value: float, text: str) -> Shown:
        number = cls(value)
        number.text = NOTHING if value != value else text
        return number


def short(measure: str) -> str:
    """A measure's name without its unit."""
    return TITLES[measure].removesuffix(" %")


@dataclass(frozen=True)
class Table:
    """A table, and which run every cell belongs to.

    Attributes:
        styled: what st.dataframe takes; it has a column "attack".
        rows: the row of means behind a row and column, where there is one.
    """

    styled: Styler
    rows: Mapping[tuple[int, str], pd.Series]

    @classmethod
    def by_row(cls, styled: Styler, keys: pd.DataFrame, table: pd.DataFrame) -> Table:
        """A table all of whose rows are about one cell each.

        Args:
            styled: the table.
            keys: which cell every row is about, columns ``GROUP``.
            table: rows of the benchmark that hold those cells; seeds are averaged.
        """
        means = completed(keys)[GROUP].merge(over_seeds(table), on=GROUP, how="left")
        return cls(styled, {(place, name): row for place, row in means.iterrows() for name in styled.data})

    def at(self, row: int, column: str) -> pd.Series | None:
        """The row of means behind a cell; for a cell with a name in it, the first of its row."""
        exact = self.rows.get((row, column))
        return exact if exact is not None else next((v for (r, _), v in self.rows.items() if r == row), None)


def by_case(table: pd.DataFrame, measure: str) -> Table:
    """One measure: a row per attack, a column per case (and k, if there are several)."""
    means = over_seeds(table)
    many = means["k"].nunique() > 1
    columns: dict[str, dict[str, pd.Series]] = {}
    for _, row in means.iterrows():
        name = CASE_TITLES[row["case"]] + (f", k = {row['k']}" if many else "")
        columns.setdefault(name, {})[row["attack"]] = row
    attacks, doubts = list(table["attack"].unique()), _doubts(table)
    shown = {
        name: [_shown(cells[attack], measure, doubts) if attack in cells else Shown("nan") for attack in attacks]
        for name, cells in columns.items()
    }
    frame = pd.DataFrame({"attack": attacks, **{name: pd.Series(v, dtype=object) for name, v in shown.items()}})
    rows = {(attacks.index(attack), name): row for name, cells in columns.items() for attack, row in cells.items()}
    return Table(_styled(frame, {name: _best(frame[name], measure) for name in columns}), rows)


def by_radius(table: pd.DataFrame, measure: str) -> Table:
    """One measure over the radius: a row per case, k and attack, a column per radius; for AFD the area as well."""
    means, shares = over_seeds(table), radii_of(table)
    rows = means.drop_duplicates([*PLACE, "attack"])[[*PLACE, "attack"]].reset_index(drop=True)
    frame = places_of(rows)
    groups = list(rows.groupby(PLACE, sort=False).groups.values())
    places, best = {}, {}
    for share in shares:
        here = rows.merge(means[means["tau_share"] == share], on=[*PLACE, "attack"], how="left")
        cells = [_shown(row, measure, {}) if pd.notna(row[measure]) else Shown("nan") for _, row in here.iterrows()]
        name = radius_title(share)
        frame[name] = pd.Series(cells, dtype=object)
        best[name] = [row for group in groups for row in _best(frame.loc[group, name], measure)]
        places |= {(place, name): row for place, row in here.iterrows() if pd.notna(row[measure])}
    if measure == "afd":
        areas = rows.merge(area_under_afd(table), on=[*PLACE, "attack"], how="left")
        seeds = means.groupby([*PLACE, "attack"], sort=False)["seeds"].max().reset_index()
        areas = areas.rename(columns={"afd_area": "afd", "afd_area_spread": "afd_spread"}).merge(seeds)
        frame[AREA] = pd.Series([_shown(row, measure, {}) for _, row in areas.iterrows()], dtype=object)
        best[AREA] = [row for group in groups for row in _best(frame.loc[group, AREA], measure)]
    return Table(_styled(frame, best), places)


def places_of(rows: pd.DataFrame) -> pd.DataFrame:
    """The first columns of a table over the radius; k only where there are several."""
    frame = pd.DataFrame({"attack": rows["attack"], "case": rows["case"].map(CASE_TITLES)})
    return frame.assign(k=rows["k"]) if rows["k"].nunique() > 1 else frame


def radius_title(share: float) -> str:
    """The heading of a column."""
    return "τ" if share == 1 else f"{share:g} τ"


def by_measure(table: pd.DataFrame, extra: tuple[str, ...] = ()) -> Table:
    """Every measure: a row per case, k and attack; the best of each case and k is marked.

    Args:
        table: rows of the benchmark.
        extra: further columns to show as they are.
    """
    means = over_seeds(table).reset_index(drop=True)
    measures = [name for name in TITLES if means[name].notna().any()]
    frame = pd.DataFrame({"case": means["case"].map(CASE_TITLES), "k": means["k"], "attack": means["attack"]})
    best: dict[str, list[int]] = {}
    doubts = _doubts(table)
    for name in measures:
        cells = pd.Series([_shown(row, name, doubts) for _, row in means.iterrows()], dtype=object)
        frame[TITLES[name]] = cells
        groups = means.groupby(["case", "k"]).groups.values()
        best[TITLES[name]] = [row for group in groups for row in _best(cells[group], name)]
    key = ["case", "k", "attack"]
    for name in extra:
        frame[name] = means.merge(table.drop_duplicates(key)[[*key, name]], on=key, how="left")[name].to_numpy()
    rows = {(place, column): row for place, row in means.iterrows() for column in frame}
    return Table(_styled(frame, best), rows)


def _doubts(table: pd.DataFrame) -> dict[tuple[str, int, str], set[str]]:
    """Which of the paper's numbers not to rely on; a doubtful case or k makes all of a row's numbers doubtful."""
    if "doubtful" not in table:
        return {}
    marked = table[table["doubtful"] != ""]
    found = {}
    for row in marked.to_dict("records"):
        names = {"pert_table" if name == "pert" else name for name in row["doubtful"].split(";")}
        found[row["case"], row["k"], row["attack"]] = names | (set(TITLES) if names & {"case", "k"} else set())
    return found


def _shown(row: pd.Series, measure: str, doubts: dict[tuple[str, int, str], set[str]]) -> Shown:
    factor, digits = (100, 1) if measure in PERCENT else (1, 2)
    value, spread = factor * row[measure], factor * row[f"{measure}_spread"]
    text = f"{value:.{digits}f}" + (f" ± {spread:.{digits}f}" if row["seeds"] > 1 else "")
    doubtful = measure in doubts.get((row["case"], row["k"], row["attack"]), ())
    return Shown.of(value, text + DOUBT * doubtful)


def _best(column: pd.Series, measure: str) -> list[int]:
    """Where the best numbers of a column stand, to the digit that is shown; a number alone is not the best."""
    numbers = column.astype(float).round(1 if measure in PERCENT else 2).dropna()
    if measure not in RANKED or len(numbers) < 2:
        return []
    return list(numbers.index[numbers == (numbers.min() if measure in LOWEST_IS_BEST else numbers.max())])


def _styled(frame: pd.DataFrame, best: dict[str, list[int]]) -> Styler:
    """Bold and shaded, and a star for those who see neither."""
    for name, places in best.items():
        for place in places:
            frame.at[place, name].text = f"★ {frame.at[place, name].text}"
    styled = frame.style.format({name: lambda number: number.text for name in best})
    for name, places in best.items():
        if places:
            styled.map(lambda _: BEST_STYLE, subset=(places, [name]))
    return styled


def attack_column(names: pd.Series) -> Any:
    """The column of methods: it stays when the table scrolls, and is wide enough for most of them."""
    width = min(MOST_WIDE, 30 + 7 * int(names.str.len().max()))
    return st.column_config.TextColumn("attack", pinned=True, width=width)
