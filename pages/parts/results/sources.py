"""Where the numbers on the results page come from: a recorded set, the paper, or a file of the visitor's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from masw_core.benchmark.own_table import MOST_BYTES, TableError, read_own_table
from masw_core.benchmark.radii import radii_of
from masw_core.published import recorded
from pages.shared.links import RESULTS

import pandas as pd
import streamlit as st

RECORDED, PAPER, OWN = RESULTS.source.default, "The paper's", "Your own file"
PAPER_TITLES = {"voc2012": "VOC 2012", "coco2014": "COCO 2014", "nuswide": "NUS-WIDE", "openimages": "Open Images"}


@dataclass(frozen=True)
class Source:
    """A table to show.

    Attributes:
        kind: ``RECORDED``, ``PAPER`` or ``OWN``.
        table: rows of the benchmark.
        about: one or two sentences on how it was made.
        set: the recorded set, where it is one.
    """

    kind: str
    table: pd.DataFrame
    about: str
    set: recorded.RecordedSet | None = None


def choose_source() -> Source | None:
    """The chosen source, or None (with a sentence on the page) while there is nothing to show."""
    first, second = st.columns([1, 1.2], gap="medium", vertical_alignment="bottom")
    with first:
        kind = st.segmented_control(
            "Numbers",
            [RECORDED, PAPER, OWN],
            default=RESULTS.source.default,
            required=True,
            **RESULTS.source.bound,
            wrap=True,
        )
    with second:
        return {RECORDED: _recorded, PAPER: _paper, OWN: _own}[kind or RECORDED]()


def _recorded() -> Source | None:
    sets = {one.name: one for one in recorded.recorded_sets()}
    if not sets:
        st.info("No results are recorded yet: python -m masw_core benchmark makes some.", icon=":material/table:")
        return None
    name = st.selectbox("Set", list(sets), **RESULTS.set.bound_as(lambda n: sets[n].title), width=320)
    chosen = sets[name]
    try:
        table = table_of(chosen)
    except ValueError as error:
        st.error(str(error), icon=":material/error:")
        return None
    return Source(RECORDED, table, f"Measured with this program: {_how(table)}.", chosen)


def table_of(chosen: recorded.RecordedSet) -> pd.DataFrame:
    """The rows of a recorded set.

    Raises:
        ValueError: its file is no table of results.
    """
    return _read(str(chosen.folder), (chosen.folder / "results.csv").stat().st_mtime)


@st.cache_data(max_entries=8, show_spinner=False)
def _read(folder: str, modified: float) -> pd.DataFrame:
    from pathlib import Path

    return recorded.RecordedSet("", Path(folder)).table()


def _how(table: pd.DataFrame) -> str:
    parts = []
    if table["samples"].notna().any():
        parts.append(f"{table['samples'].max():.0f} images per cell and seed")
    seeds = table["seed"].nunique()
    parts.append(f"{seeds} seed{'s' if seeds > 1 else ''}")
    if (radii := len(radii_of(table))) > 1:
        parts.append(f"{radii} radii")
    if table["steps"].notna().any():
        parts.append(f"at most {table['steps'].max():.0f} steps")
    return ", ".join(parts)


def _paper() -> Source:
    table = _published()
    name = st.selectbox(
        "Data set of the paper",
        list(PAPER_TITLES),
        **RESULTS.printed.bound_as(PAPER_TITLES.__getitem__),
        width=320,
    )
    about = (
        "As printed in the paper's Tables I to VIII and S.I to S.VIII, measured on the paper's networks and images. "
        "They were read from a scan; * marks a number not to be relied on."
    )
    return Source(PAPER, table[table["dataset"] == name], about)


@st.cache_data(max_entries=1, show_spinner=False)
def _published() -> pd.DataFrame:
    from masw_core.published.beside import published_results

    return published_results()


def _own() -> Source | None:
    file = st.file_uploader(
        "A results.csv", ["csv", "tsv", "txt"], key=RESULTS.widget("upload"), max_upload_size=MOST_BYTES // 1_000_000
    )
    if file is None:
        st.caption(
            "The results.csv of `python -m masw_core benchmark`, or any CSV with the columns dataset, model, case, k, "
            f"attack and asr (a share from 0 to 1), up to {MOST_BYTES // 1_000_000} MB. It stays in this server's "
            "memory only."
        )
        return None
    answer = _read_own(file.getvalue())
    if isinstance(answer, str):
        st.error(f"{answer} Your settings are kept: choose another file.", icon=":material/error:")
        return None
    return Source(OWN, answer, f"Your file: {len(answer)} rows, {_how(answer)}.")


@st.cache_data(max_entries=4, show_spinner=False)
def _read_own(data: bytes) -> Any:
    """The table, or the sentence that says why there is none."""
    try:
        return read_own_table(data)
    except TableError as error:
        return str(error)
