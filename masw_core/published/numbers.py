"""The paper's published numbers, and how our ranking of the attacks compares with the paper's.

Reads ``assets/paper/*.csv``; how those tables were restored, and which cells to doubt, is in the README beside
them. The two sets of numbers are never mixed: ``compare`` sets rankings side by side and fills nothing in.
Nothing here runs an attack.
"""

from __future__ import annotations

from functools import cache

from masw_core.assets import ASSETS

import numpy as np
import pandas as pd
from scipy import stats

FOLDER = ASSETS / "paper"
PARTS = ("published", "runtimes", "fluctuation", "settings")
MAIN_TEXT = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII")
OUR_COLUMN = {"asr": "asr", "sasr": "sasr", "lfr": "lfr", "pert": "pert_table"}
_NUMBERS = ("asr", "sasr", "pert", "lfr", "sac", "time", "share", "threshold", "value")
_SETTING = ["dataset", "model", "case", "k"]
_AGREEMENT = ["attacks", "ours", "paper", "spearman", "kendall", "disagreements", "doubtful"]


def load_published(part: str = "published") -> pd.DataFrame:
    """One of the paper's tables as data.

    ``asr``, ``sasr``, ``lfr`` and ``share`` are percent, as printed (our own results are in [0, 1]); ``pert`` is in
    1e-2 and is the artanh norm of ``metrics.pert_table``, not Eq. 27; ``time`` is in the row's ``unit``. A number
    that the text lost is NaN. ``bold``, ``restored`` and ``doubtful`` list columns, see ``marked``; ``line`` is the
    line of the text that the row was read from.

    Args:
        part: ``"published"`` (Tables I-VIII and S.I-S.VIII), ``"runtimes"`` (S.X-S.XII), ``"fluctuation"`` or
            ``"settings"``.
    Raises:
        ValueError: unknown part.
    """
    if part not in PARTS:
        raise ValueError(f"part = {part!r} is unknown: choose one of {', '.join(PARTS)}.")
    return _read(part).copy()


@cache
def _read(part: str) -> pd.DataFrame:
    rows = pd.read_csv(FOLDER / f"{part}.csv", dtype=str, keep_default_na=False)
    for column in rows.columns.intersection(_NUMBERS):
        rows[column] = pd.to_numeric(rows[column])
    for column in rows.columns.intersection(["k", "images", "line"]):
        rows[column] = rows[column].astype(int)
    return rows


def marked(rows: pd.DataFrame, column: str, mark: str = "doubtful") -> pd.Series:
    """(rows,) bool: whether a row's list ``mark`` (``"doubtful"``, ``"restored"`` or ``"bold"``) names the column."""
    return rows[mark].str.split(";").map(lambda names: column in names).astype(bool)


def published_order(
    dataset: str, case: str, k: int, by: str = "asr", table: str | None = None, doubtful: bool = True
) -> list[str]:
    """The attacks of one block in the order the paper's numbers put them, best first; ties as printed.

    Args:
        dataset: ``"voc2012"``, ``"coco2014"``, ``"nuswide"`` or ``"openimages"``.
        case: ``"untargeted"``, ``"universal"``, ``"best"``, ``"random"`` or ``"worst"``.
        k: top-k.
        by: ``"asr"``, ``"sasr"``, ``"lfr"`` (largest first) or ``"pert"`` (smallest first).
        table: such as ``"I"`` or ``"S.I"``; None: the main text, then the supplement for attacks it alone has.
        doubtful: False leaves out rows whose number, case or k is doubtful.
    Raises:
        ValueError: unknown measure, or a block that the paper does not have.
    """
    found = block(load_published(), dataset, case, k, by, table, doubtful)
    if found.empty:
        where = "" if table is None else f" in Table {table}"
        raise ValueError(f"The paper has no {by} for {dataset}, {case}, k = {k}{where}: see load_published().")
    return found.sort_values(by, ascending=by == "pert", kind="stable")["attack"].tolist()


def compare(ours: pd.DataFrame, dataset: str | None = None, by: str = "asr", doubtful: bool = True) -> pd.DataFrame:
    """Our ranking of the attacks beside the paper's, for every data set, model, case and k that we measured.

    Only attacks that both have are ranked. The numbers themselves are not comparable (other networks, images and
    budgets), so only their order is.

    Args:
        ours: one row per dataset, model, case, k, attack and seed, as the benchmark writes them; seeds are averaged.
        dataset: the paper's data set to compare with; None: the one of the same name.
        by: as in ``published_order``; for ``"pert"`` ours is the column ``pert_table``, what the paper's tables hold.
        doubtful: False leaves out the paper's doubtful rows.
    Returns:
        One row per dataset, model, case and k: ``paper_dataset``; ``attacks``, how many both have; ``ours`` and
        ``paper``, their orders, best first; ``spearman`` and ``kendall`` (tau-b), NaN for fewer than two attacks or
        where one side is all ties; ``disagreements``, pairs (a, b) where the paper has a before b and we have b
        before a (ties disagree with nothing); ``doubtful``, attacks whose published number, case or k is doubtful.
    Raises:
        ValueError: a missing column, unknown measure, or a data set that the paper does not have.
    """
    rows = load_published()
    _check_measure(by)
    column = OUR_COLUMN[by]
    missing = {*_SETTING, "attack", column} - set(ours.columns)
    if missing:
        raise ValueError(f"ours has no column {', '.join(sorted(missing))}: give the rows of the benchmark.")
    means = ours.groupby([*_SETTING, "attack"], sort=False)[column].mean().dropna().round(12).reset_index()
    wanted = set(means["dataset"]) if dataset is None else {dataset}
    unknown = wanted - set(rows["dataset"])
    if unknown:
        names = ", ".join(sorted(set(rows["dataset"])))
        raise ValueError(f"The paper has no data set {', '.join(sorted(unknown))}: give dataset= one of {names}.")
    found = []
    for setting, measured in means.groupby(_SETTING, sort=False):
        facts = dict(zip(_SETTING, setting, strict=True))
        facts["paper_dataset"] = dataset or facts["dataset"]
        printed = block(rows, facts["paper_dataset"], facts["case"], facts["k"], by, None, doubtful)
        both = printed.merge(measured[["attack", column]].rename(columns={column: "_ours"}), on="attack")
        found.append(facts | _agreement(both, by))
    return pd.DataFrame(found, columns=[*_SETTING, "paper_dataset", *_AGREEMENT])


def _check_measure(by: str) -> None:
    if by not in OUR_COLUMN:
        raise ValueError(f"by = {by!r} is no measure of the tables: choose one of {', '.join(OUR_COLUMN)}.")


def block(
    rows: pd.DataFrame, dataset: str, case: str, k: int, by: str, table: str | None = None, doubtful: bool = True
) -> pd.DataFrame:
    """One row per attack whose number ``by`` is printed, the main text's before the supplement's.

    ``rows`` are those of ``load_published``, the rest as in ``published_order``. The column ``_doubt`` says whether
    the number, its case or its k is doubtful.
    """
    _check_measure(by)
    here = (rows["dataset"] == dataset) & (rows["case"] == case) & (rows["k"] == k) & rows[by].notna()
    if table is not None:
        here &= rows["table"] == table
    printed = rows[here].assign(_doubt=lambda found: sum(marked(found, name) for name in (by, "case", "k")) > 0)
    if not doubtful:
        printed = printed[~printed["_doubt"]]
    supplement = ~printed["table"].isin(MAIN_TEXT)
    return printed.loc[supplement.sort_values(kind="stable").index].drop_duplicates("attack")


def _agreement(both: pd.DataFrame, by: str) -> dict[str, object]:
    """The columns of ``compare`` for one block that holds both numbers of every attack."""
    sign = -1.0 if by == "pert" else 1.0
    names = both["attack"].to_numpy()
    paper, ours = sign * both[by].to_numpy(), sign * both["_ours"].to_numpy()
    ranked = len(names) > 1 and np.ptp(paper) > 0 and np.ptp(ours) > 0
    before, after = np.nonzero((paper[:, None] > paper) & (ours[:, None] < ours))
    return {
        "attacks": len(names),
        "ours": tuple(names[np.argsort(-ours, kind="stable")]),
        "paper": tuple(names[np.argsort(-paper, kind="stable")]),
        "spearman": float(stats.spearmanr(paper, ours).statistic) if ranked else np.nan,
        "kendall": float(stats.kendalltau(paper, ours).statistic) if ranked else np.nan,
        "disagreements": tuple(zip(names[before], names[after], strict=True)),
        "doubtful": tuple(both.loc[both["_doubt"].astype(bool), "attack"]),
    }
