"""What a table of results says, in sentences made from its numbers: where MASW leads, and where it does not.

The cells of a table are its data sets, models, k and cases. *Variants* are rows of MASW's own with other settings;
they are compared on their own, so that MASW is never said to beat itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from masw_core.benchmark.radii import WHOLE
from masw_core.benchmark.summary import over_seeds

import pandas as pd

CELL = ["dataset", "model", "k", "case"]
CASE_NAMES = {"best": "best case", "random": "random case", "worst": "worst case"}
MOST_LISTED = 4  # cells that are spelled out; the rest are counted
SMALL_RADII = (
    "That is at the whole radius; weights are for goals that do not fit into it: docs/weighting.md has small radii."
)
_SAME = 0.05  # points; differences that a table with one digit would show as nought


@dataclass(frozen=True)
class Verdict:
    """Sentences about one table; a part that the table says nothing about is empty.

    Attributes:
        lead: in how many cells MASW has the highest ASR of all attacks.
        behind: the cells in which it has not, with both numbers.
        rival: against TkML.
        soft: against TkML in SASR and LFR.
        weights: self-paced against uniform weights, and at the whole radius where to read about small ones.
        chance: which differences are too small to mean anything.
    """

    lead: str = ""
    behind: str = ""
    rival: str = ""
    soft: str = ""
    weights: str = ""
    chance: str = ""

    def __str__(self) -> str:
        return " ".join(
            part for part in (self.lead, self.behind, self.rival, self.soft, self.weights, self.chance) if part
        )


def verdict(table: pd.DataFrame, ours: str = "masw", rival: str = "tkml", plain: str = "uniform") -> Verdict:
    """What a table says about ASR.

    Args:
        table: rows of the benchmark; seeds are averaged.
        ours: the method that is judged.
        rival: the method it is set against.
        plain: the weighting it is set against, a variant of ``ours``.
    """
    means = over_seeds(table).dropna(subset=["asr"])
    wide = (100 * means.set_index([*CELL, "attack"])["asr"]).unstack("attack", sort=False)
    if ours not in wide:
        return Verdict(lead=f"`{ours}` is not in this table." if len(wide) else "There is nothing in this table.")
    wide = wide[wide[ours].notna()]
    others = [name for name in wide if family(name) != family(ours)]
    uniform = f"{ours}+weighting={plain}"
    lead, behind = _against_all(wide, ours, others)
    return Verdict(
        lead,
        behind,
        _against_one(wide, ours, rival, f"Against `{rival}`"),
        _softly(means, ours, rival),
        _weights(wide, means, ours, uniform, plain),
        _chance(means[means["attack"] == ours]),
    )


def reading_order(table: pd.DataFrame, ours: str = "masw") -> list[str]:
    """The methods of a table as people look for them: ours, its variants, then the others, highest mean ASR first."""
    means = table.groupby("attack", sort=False)["asr"].mean().sort_values(ascending=False, kind="stable")
    return sorted(means.index, key=lambda name: (name != ours, family(name) != family(ours)))


def family(method: str) -> str:
    """The attack that a method is made of: ``masw:paper+eta=2`` is ``masw``."""
    return method.split("+")[0].split(":")[0]


def _against_all(wide: pd.DataFrame, ours: str, others: list[str]) -> tuple[str, str]:
    rows = wide[wide[others].notna().any(axis=1)]
    if rows.empty:
        return "", ""
    best = rows[others].max(axis=1)
    margin = rows[ours] - best
    first, level = int((margin > _SAME).sum()), int((margin.abs() <= _SAME).sum())
    attacks = len({family(name) for name in others}) + 1
    every = "both settings" if len(rows) == 2 else f"all {len(rows)} settings"
    number = every if first == len(rows) > 1 else f"{first} of {_settings(len(rows))}"
    level_too = f" and shares it in {level}" if level else ""
    lead = f"`{ours}` has the highest ASR of {attacks} attacks in {number} (case and k){level_too}."
    lost = rows[margin < -_SAME].loc[margin[margin < -_SAME].sort_values().index]
    return lead, _list_behind(lost, ours, others)


def _list_behind(lost: pd.DataFrame, ours: str, others: list[str]) -> str:
    if lost.empty:
        return ""
    named = [name for name in CELL if name == "case" or lost.index.get_level_values(name).nunique() > 1]
    said = []
    for cell, row in list(lost.iterrows())[:MOST_LISTED]:
        winner = row[others].astype(float).idxmax()
        place = _place(dict(zip(CELL, cell, strict=True)), named)
        said.append(f"{place} ({row[ours]:.1f} against {row[winner]:.1f} of `{winner}`)")
    more = len(lost) - len(said)
    return f"It is not ahead in: {'; '.join(said)}{f'; and {more} more' if more else ''}."


def _place(cell: dict[str, object], named: list[str]) -> str:
    parts = {
        "case": CASE_NAMES.get(str(cell["case"]), str(cell["case"])),
        "k": f"k = {cell['k']}",
        "model": f"`{cell['model']}`",
        "dataset": f"`{cell['dataset']}`",
    }
    return ", ".join(part for name, part in parts.items() if name in named)


def _against_one(wide: pd.DataFrame, ours: str, other: str, intro: str) -> str:
    if other not in wide or wide[other].notna().sum() == 0:
        return ""
    points = (wide[ours] - wide[other]).dropna()
    low, high = points.min(), points.max()
    if low > _SAME:
        return f"{intro} it is ahead by {_range(low, high)} points."
    if high < -_SAME:
        return f"{intro} it is behind by {_range(-high, -low)} points."
    ahead = int((points > _SAME).sum())
    return f"{intro} it differs by {_range(low, high, '+')} points, ahead in {ahead} of {_settings(len(points))}."


def _weights(wide: pd.DataFrame, means: pd.DataFrame, ours: str, uniform: str, plain: str) -> str:
    said = _against_one(wide, ours, uniform, f"Self-paced against {plain} weights (`{uniform}`)")
    return f"{said} {SMALL_RADII}" if said and (means["tau_share"] == WHOLE).all() else said


def _softly(means: pd.DataFrame, ours: str, other: str) -> str:
    """The same comparison by the two measures that count a part of the goal, where the table has both."""
    said = []
    for name in ("sasr", "lfr"):
        if name not in means or not {ours, other} <= set(means["attack"]):
            return ""
        wide = (100 * means.set_index([*CELL, "attack"])[name]).unstack("attack", sort=False)
        points = (wide[ours] - wide[other]).dropna()
        if points.empty:
            return ""
        said.append(f"{name.upper()} differs by {_range(points.min(), points.max(), '+')}")
    return f"Beside `{other}` its {' and its '.join(said)} points."


def _range(low: float, high: float, sign: str = "") -> str:
    first, last = (f"{value:{sign}.1f}".replace("-", "−") for value in (low, high))
    return first if first == last else f"{first} to {last}"


def _chance(rows: pd.DataFrame) -> str:
    """The 95 % range of a difference of two shares of as many images; the same images make it a cautious one."""
    if rows["samples"].isna().any():
        return ""
    images = rows["samples"] * rows["seeds"]
    variance = 2 * rows["asr"] * (1 - rows["asr"]) / images
    points = 100 * 1.96 * sqrt(float(variance.max()))
    if points < _SAME:
        return ""
    count = f"{int(images.min())}" if images.nunique() == 1 else f"{int(images.min())} to {int(images.max())}"
    return f"With {count} images behind each number, a difference below {points:.0f} points can be chance."


def _settings(number: int) -> str:
    return f"{number} setting{'s' if number != 1 else ''}"
