"""From the rows of a sweep to the table of a study: values of its variable, and every variant against the baseline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from masw_core.benchmark.summary import VALUES, completed, over_seeds
from masw_core.studies.definition import Study, Variant

import pandas as pd
from scipy import stats

PLACE = ["dataset", "model", "case", "k", "tau_share"]
IMAGE = [*PLACE, "seed", "image"]
SPREADS = ["asr_spread", "sasr_spread", "lfr_spread"]
AGAINST = ["relative_afd", "gained", "lost", "p"]


def study_table(study: Study, results: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
    """One row per variant, case, k and radius.

    Args:
        study: whose rows these are.
        results: ``results.csv``.
        samples: ``samples.csv``.

    Returns:
        Columns ``study``, ``figure``, ``variable``, ``value``, ``series``, the cell, ``seeds`` and the mean of every
        measure over them, ``afd`` among them, the mean failure degree in [0, 2] (Eqs. 7 and 12); against the baseline
        of the same series, case, k and radius: ``relative_afd``, the quotient of both, how many images
        succeed only here (``gained``) and only there (``lost``), and ``p`` of the exact sign test between these two.
    """
    means = over_seeds(results)
    rows = []
    for variant, row in _by_variant(study, means):
        base = means[(means["attack"] == _baseline(study, variant).method) & _same(means, row)]
        facts: dict[str, Any] = {"study": study.name, "figure": study.figure, "variable": study.variable}
        facts |= {"value": variant.value, "series": variant.series, **row}
        if study.over_tau:
            facts |= {"value": row["tau_share"], "series": study.names[variant.method]}
        if len(base):
            afd = float(base["afd"].iloc[0])
            facts["relative_afd"] = row["afd"] / afd if afd > 0 else float("nan")
            facts |= _paired(samples, row, _baseline(study, variant).method)
        rows.append(facts)
    told = [name for name in VALUES if name in means and name != "afd"]
    first = ["study", "figure", "variable", "value", "series", *PLACE, "attack", "seeds"]
    return pd.DataFrame(rows).reindex(columns=[*first, *told, *SPREADS, "afd", *AGAINST])


def only_one_succeeds(samples: pd.DataFrame, row: dict, baseline: str) -> tuple[list[int], list[int]]:
    """Numbers of the images that an attack solves and the baseline does not, and the other way round."""
    samples = completed(samples)
    cell = samples[_same(samples, row)]
    one, two = (cell[cell["attack"] == name].set_index(IMAGE)["success"] for name in (row["attack"], baseline))
    both = one.to_frame("one").join(two.rename("two"), how="inner").reset_index()
    gained, lost = both[both["one"] > both["two"]], both[both["one"] < both["two"]]
    return gained["image"].tolist(), lost["image"].tolist()


def _by_variant(study: Study, means: pd.DataFrame) -> Iterator[tuple[Variant, dict]]:
    for _, rows in means.groupby(["k", "case", "tau_share"], sort=False):
        found = {row["attack"]: row for row in rows.to_dict("records")}
        for variant in study.variants:
            if variant.method in found:
                yield variant, found[variant.method]


def _baseline(study: Study, variant: Variant) -> Variant:
    return next(one for one in study.variants if (one.value, one.series) == (study.baseline, variant.series))


def _same(table: pd.DataFrame, row: dict) -> pd.Series:
    return (table[PLACE] == pd.Series({name: row[name] for name in PLACE})).all(axis=1)


def _paired(samples: pd.DataFrame, row: dict, baseline: str) -> dict[str, float]:
    gained, lost = (len(images) for images in only_one_succeeds(samples, row, baseline))
    p = float(stats.binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0
    return {"gained": gained, "lost": lost, "p": p}
