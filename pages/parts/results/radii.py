"""The view "Over tau": a measure of every method over the radius, and what methods differ by on the same images."""

from __future__ import annotations

from masw_core.benchmark.paired import clear, paired_areas, paired_differences
from masw_core.benchmark.radii import PLACE, radii_of
from masw_core.benchmark.summary import over_seeds
from masw_core.published import recorded
from masw_core.views.radius_figures import MEASURES, differences_over_tau, over_tau, signed
from pages.parts.results.cells import HINT, show
from pages.parts.results.filters import Selection
from pages.parts.results.side_by_side import side_by_side
from pages.parts.results.sources import Source, table_of
from pages.parts.results.tables import (
    AREA,
    BEST_STYLE,
    LOWEST_IS_BEST,
    MEANS,
    Shown,
    Table,
    by_radius,
    places_of,
    radius_title,
    short,
)
from pages.shared.links import RESULTS

import pandas as pd
import streamlit as st

NARROW = {"case": st.column_config.TextColumn("case", width=100), "k": st.column_config.NumberColumn("k", width=40)}
NEEDS_IMAGES = "Differences are paired image by image, which needs one row per image; only recorded sets have those."


def over_the_radius(source: Source, selection: Selection) -> None:
    """The view."""
    table = selection.table
    if len(radii_of(table)) < 2:
        _only_one_radius()
        return
    measure = st.segmented_control(
        "Measure",
        MEASURES,
        default=RESULTS.over.default,
        required=True,
        **RESULTS.over.bound_as(short),
        help="  \n".join(f"**{short(name)}**: {MEANS[name]}" for name in MEASURES),
    )
    side_by_side(over_tau(table, measure), RESULTS.widget(f"levels_{measure}"))
    area = f" The {AREA} under AFD is its mean over the radius, so that a curve is one number." * (measure == "afd")
    st.caption(f"★ best of its case, k and radius.{area} {HINT}")
    made = by_radius(table, measure)
    show(made, RESULTS.widget("cells_radius"), f"{short(measure)} of every case, k and attack at every radius", NARROW)
    _paired(source, selection, measure, made)


def _only_one_radius() -> None:
    several = [one.title for one in recorded.recorded_sets() if _has_several(one)]
    where = f" Choose the set “{several[0]}”." if several else ""
    st.info(
        f"These numbers are of one radius.{where} `benchmark --tau 0.25x,0.4x,0.7x,1x` measures several.",
        icon=":material/radar:",
    )


def _has_several(one: recorded.RecordedSet) -> bool:
    try:
        return len(radii_of(table_of(one))) > 1
    except ValueError:
        return False


def _paired(source: Source, selection: Selection, measure: str, levels: Table) -> None:
    """Every shown method minus a baseline, with intervals: in a sentence each, as a figure and as a table."""
    st.subheader("Differences on the same images", anchor=False)
    if source.set is None or source.set.samples_file is None:
        st.info(NEEDS_IMAGES, icon=":material/difference:")
        return
    attacks, usual = list(selection.cells["attack"].unique()), RESULTS.over_base.default
    baseline = st.selectbox(
        "Compared with",
        attacks,
        index=attacks.index(usual) if usual in attacks else 0,
        **RESULTS.over_base.bound,
        width=320,
    )
    found = [
        _computed(str(source.set.folder), source.set.samples_file.stat().st_mtime, baseline, *place)
        for place in selection.table[["dataset", "model", "k"]].drop_duplicates().itertuples(index=False, name=None)
    ]
    wanted = over_seeds(selection.table)[[*PLACE, "attack"]].drop_duplicates()
    differences, areas = (wanted.merge(pd.concat(parts), on=list(wanted)) for parts in zip(*found, strict=True))
    if differences.empty:
        st.info(
            f"There is nothing else than `{baseline}` to compare: choose more attacks.", icon=":material/difference:"
        )
        return
    _say(differences, measure, baseline)
    order = list(selection.table["attack"].unique())
    side_by_side(
        differences_over_tau(differences, measure, baseline, order),
        RESULTS.widget(f"differences_{measure}"),
    )
    st.caption(
        f"Mean difference to `{baseline}` with its 95 % interval, from a bootstrap over images; "
        f"**bold**: the interval leaves out zero, ▲ for the better, ▼ for the worse. {HINT}"
    )
    table = _differences(differences, areas if measure == "afd" else None, measure, levels)
    show(
        table,
        RESULTS.widget("cells_differences"),
        f"{short(measure)} of every attack minus {baseline}, with intervals",
        NARROW,
    )


@st.cache_data(max_entries=24, show_spinner="Drawing images again and again…")
def _computed(
    folder: str, modified: float, baseline: str, dataset: str, model: str, k: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    from pathlib import Path

    samples = recorded.RecordedSet("", Path(folder)).samples()
    assert samples is not None
    here = (samples["dataset"] == dataset) & (samples["model"] == model) & (samples["k"] == k)
    return paired_differences(samples[here], baseline), paired_areas(samples[here], baseline)


def _say(differences: pd.DataFrame, measure: str, baseline: str) -> None:
    """Where the difference is more than chance, one sentence per method."""
    lines = []
    for attack, rows in differences.groupby("attack", sort=False):
        better, worse = clear(rows, measure)
        settings = f"{len(rows)} settings (case, k, radius)"
        if better or worse:
            lines.append(f"- `{attack}` is better in {better}, worse in {worse} of {settings}.")
        else:
            lines.append(
                f"- `{attack}` **differs in none** of {settings}. With {rows['images'].median():.0f} images it takes "
                f"about {_half_width(rows, measure)} to tell a difference from chance."
            )
    with st.container(border=True, gap="small"):
        st.markdown(f"**{short(measure)} against `{baseline}`, counting only intervals that leave out zero:**")
        st.markdown("\n".join(lines))
        st.caption("About one of twenty does so by chance.")


def _half_width(rows: pd.DataFrame, measure: str) -> str:
    """Half of the usual interval, in the unit that the measure is shown in."""
    half = float((rows[f"{measure}_high"] - rows[f"{measure}_low"]).median()) / 2
    return f"{half:.2f}" if measure in LOWEST_IS_BEST else f"{100 * half:.0f} points"


def _differences(differences: pd.DataFrame, areas: pd.DataFrame | None, measure: str, levels: Table) -> Table:
    """A row per case, k and attack, a column per radius."""
    rows = differences.drop_duplicates([*PLACE, "attack"])[[*PLACE, "attack"]].reset_index(drop=True)
    frame = places_of(rows)
    bold: dict[str, list[int]] = {}
    columns = {
        radius_title(share): (differences[differences["tau_share"] == share], measure)
        for share in radii_of(differences)
    }
    if areas is not None:
        columns[AREA] = (areas, "afd_area")
    for name, (part, value) in columns.items():
        here = rows.merge(part, on=[*PLACE, "attack"], how="left")
        frame[name] = pd.Series([_shown(row, value) for row in here.to_dict("records")], dtype=object)
        bold[name] = [i for i, row in enumerate(here.to_dict("records")) if _mark(row, value)]
    styled = frame.style.format({name: lambda number: number.text for name in columns})
    for name, places in bold.items():
        if places:
            styled.map(lambda _: BEST_STYLE, subset=(places, [name]))
    order = {tuple(row[[*PLACE, "attack"]]): place for place, row in rows.iterrows()}
    cells = {
        (order[key], name): row
        for (_, name), row in levels.rows.items()
        if (key := tuple(row[[*PLACE, "attack"]])) in order
    }
    return Table(styled, cells)


def _mark(row: dict[str, float], value: str) -> str:
    if row[f"{value}_low"] > 0 or row[f"{value}_high"] < 0:
        return "▼" if (row[value] > 0) == (value.removesuffix("_area") in LOWEST_IS_BEST) else "▲"
    return ""


def _shown(row: dict[str, float], value: str) -> Shown:
    mean, low, high = (signed(row[name], value) for name in (value, f"{value}_low", f"{value}_high"))
    return Shown.of(row[value], f"{_mark(row, value)} {mean} [{low}, {high}]".strip())
