"""From rows to statements: means and spread over seeds, and norms compared on images that both attacks solved."""

from __future__ import annotations

from pathlib import Path

from masw_core.benchmark.columns import COSTS, MORE, RATES, SURVIVES

import pandas as pd

GROUP = ["dataset", "model", "case", "k", "attack", "tau_share"]
VALUES = [*RATES, *COSTS, *MORE]
TARGETED = ("best", "random", "worst")
CASE_ORDER = ("untargeted", "best", "random", "worst", "universal")


def read_results(file: Path) -> pd.DataFrame:
    """``results.csv`` as a table; rates in [0, 1]. A line that a kill cut off is not read.

    Raises:
        ValueError: no such file, or one that is no table of results.
    """
    if not file.exists():
        raise ValueError(f"{file} does not exist: run python -m masw_core benchmark --out {file.parent} first.")
    table = pd.read_csv(file)
    if missing := [name for name in (*GROUP[:-1], "seed", *RATES) if name not in table]:
        raise ValueError(f"{file.name} is no table of results: it lacks the columns {', '.join(missing)}.")
    return completed(table)


def read_samples(file: Path) -> pd.DataFrame:
    """``samples.csv``, perhaps compressed, as a table."""
    return completed(pd.read_csv(file))


def completed(table: pd.DataFrame) -> pd.DataFrame:
    """A table with what older files lack: ``tau_share``, which is 1, and ``afd`` (Eqs. 7 and 12) from its parts, of
    rows as (1 - SASR) + (1 - LFR), of images from ``slc`` and ``slf``."""
    if "tau_share" not in table:
        table = table.assign(tau_share=1.0)
    if "afd" in table:
        return table
    if {"sasr", "lfr"} <= set(table):
        return table.assign(afd=2 - table["sasr"] - table["lfr"])
    if {"slc", "slf"} <= set(table):
        reached = table["slc"].where(table["case"].isin(TARGETED), 1 - table["slc"])
        return table.assign(afd=1 - reached + table["slf"])
    return table


def over_seeds(table: pd.DataFrame) -> pd.DataFrame:
    """One row per cell without its seed: the mean of every value, ``<name>_spread`` (standard deviation over the
    seeds, 0 for one seed) and ``seeds``."""
    table = completed(table)
    values = [name for name in (*VALUES, *SURVIVES) if name in table]
    grouped = table.groupby(GROUP, sort=False)
    spread = grouped[values].std(ddof=0).add_suffix("_spread")
    mean = grouped[values].mean()
    joined = mean.join(spread).join(grouped["seed"].nunique().rename("seeds")).reset_index()
    place = {case: number for number, case in enumerate(CASE_ORDER)}
    order = ["dataset", "model", "k", "case"]
    return joined.sort_values(order, key=lambda c: c.map(place) if c.name == "case" else c)


def norms_where_both_succeed(samples: pd.DataFrame, against: str) -> pd.DataFrame:
    """How long perturbations are on the images that an attack and ``against`` both solved.

    Args:
        samples: ``samples.csv``.
        against: the attack that all others are compared with.

    Returns:
        One row per model, case, k, attack and radius: ``both`` (how many images), ``norm`` and ``norm_against``
        (means there) and their ``ratio``, above 1 where ``against`` needs the smaller perturbation.
    """
    place = ["dataset", "model", "case", "k", "tau_share", "seed", "image"]
    solved = completed(samples)[samples["success"] == 1]
    base = solved[solved["attack"] == against][[*place, "norm"]].rename(columns={"norm": "norm_against"})
    pairs = solved[solved["attack"] != against].merge(base, on=place)
    means = pairs.groupby(GROUP, sort=False).agg(
        both=("norm", "size"), norm=("norm", "mean"), norm_against=("norm_against", "mean")
    )
    return means.assign(ratio=means["norm"] / means["norm_against"]).reset_index()


def lead(table: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """Where ``first`` stands against ``second``, cell by cell: differences of ASR, SASR, LFR in points."""
    means = over_seeds(table).set_index(["dataset", "model", "k", "case", "tau_share"])
    one, two = (means[means["attack"] == name] for name in (first, second))
    points = {name: 100 * (one[name] - two[name]) for name in ("asr", "sasr", "lfr")}
    return pd.DataFrame({**points, "norm_ratio": one["norm"] / two["norm"]}).dropna().reset_index()
