"""Our numbers beside the paper's, attack by attack, and the paper's numbers in the shape of our tables.

The two stay in columns of their own. Networks, images and budgets differ, so it is the order of the attacks that can
be compared (``published.compare`` does), not the level; the difference is there to be looked at with that in mind.
"""

from __future__ import annotations

from masw_core.benchmark.columns import VALUES
from masw_core.published.numbers import MAIN_TEXT, OUR_COLUMN, block, load_published

import pandas as pd

RATES = ("asr", "sasr", "lfr")  # percent in the paper, shares in our tables


def beside(ours: pd.DataFrame, dataset: str, by: str = "asr") -> pd.DataFrame:
    """What we measured and what the paper prints, for every attack that both have.

    Args:
        ours: rows of the benchmark; seeds are averaged.
        dataset: the paper's data set, such as ``"voc2012"``.
        by: ``"asr"``, ``"sasr"`` or ``"lfr"`` (percent), or ``"pert"`` (in 1e-2).

    Returns:
        One row per model, case, k and attack: ``ours``, ``paper``, ``difference`` (ours minus the paper's),
        ``our_place`` and ``paper_place`` (1 is best; equal numbers share a place), ``doubtful``, and what was
        printed: ``method``, ``table`` and ``note``.

    Raises:
        ValueError: unknown measure.
    """
    column, rows = OUR_COLUMN.get(by, by), load_published()
    found = []
    setting = ["dataset", "model", "case", "k"]
    for key, measured in ours.groupby(setting, sort=False):
        case, k = str(key[2]), int(key[3])
        printed = block(rows, dataset, case, k, by)[["attack", "method", "table", "note", "_doubt", by]]
        means = measured.groupby("attack", sort=False)[column].mean().dropna().rename("_ours")
        both = printed.merge(means, on="attack")
        scale = 100 if by in RATES else 1
        smallest_first = by == "pert"
        part = pd.DataFrame(
            {
                **dict(zip(setting, key, strict=True)),
                "attack": both["attack"],
                "ours": scale * both["_ours"],
                "paper": both[by],
                "difference": scale * both["_ours"] - both[by],
                "our_place": both["_ours"].round(12).rank(method="min", ascending=smallest_first).astype(int),
                "paper_place": both[by].rank(method="min", ascending=smallest_first).astype(int),
                "doubtful": both["_doubt"].astype(bool),
                "method": both["method"],
                "table": both["table"],
                "note": both["note"],
            }
        )
        found.append(part.sort_values("our_place", kind="stable"))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def published_results() -> pd.DataFrame:
    """The paper's tables with the columns of ours: rates in [0, 1], one row per data set, case, k and attack.

    The main text's row stands where the supplement repeats it. ``method``, ``table``, ``doubtful`` (a list of
    columns) and ``note`` are kept; what was not printed is NaN.
    """
    rows = load_published()
    supplement = ~rows["table"].isin(MAIN_TEXT)
    rows = rows.loc[supplement.sort_values(kind="stable").index]
    rows = rows.drop_duplicates(["dataset", "case", "k", "attack"]).sort_index()
    shares = {name: rows[name] / 100 for name in RATES}
    printed = rows.rename(columns={"pert": "pert_table"}).assign(seed=0, tau_share=1.0, **shares)
    nothing = {name: float("nan") for name in VALUES if name not in printed}
    return printed.assign(**nothing).reset_index(drop=True)
