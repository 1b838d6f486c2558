"""Two methods on the same images: mean differences of ASR, SASR, LFR and AFD with 95 % intervals from a bootstrap.

The interval answers for other images of the same kind. Seeds choose overlapping lists of images, so an image is drawn
with all the runs it has; it is counted once however many seeds it is in.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from masw_core.benchmark.radii import PLACE, area_under
from masw_core.benchmark.summary import TARGETED, completed

import numpy as np
import pandas as pd

MEASURES = ("asr", "sasr", "lfr", "afd")
LOWER_IS_BETTER = ("afd", "afd_area")
RESAMPLES = 4000
LEVEL = 0.95


def per_image(samples: pd.DataFrame) -> pd.DataFrame:
    """What every image adds to a measure: ``samples`` with columns ``MEASURES``, whose means are the rates."""
    samples = completed(samples)
    reached = samples["slc"].where(samples["case"].isin(TARGETED), 1 - samples["slc"])
    return samples.assign(asr=samples["success"].astype(float), sasr=reached, lfr=1 - samples["slf"])


def paired_differences(samples: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """Every method minus a baseline, on the images that both attacked, at every radius.

    Args:
        samples: ``samples.csv``.
        baseline: the method that is subtracted.

    Returns:
        One row per model, case, k, radius and attack: ``images`` (different ones), and for each of ``MEASURES`` the
        mean difference, in the unit of the measure, with ``<measure>_low`` and ``<measure>_high``.
    """
    place = [*PLACE, "tau_share"]
    return pd.DataFrame(
        _against(per_image(samples), place, baseline, list(MEASURES)), columns=_columns(place, MEASURES)
    )


def paired_areas(samples: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """The same for the area under AFD over the radius, image by image: columns ``afd_area``, ``_low``, ``_high``."""
    areas = []
    for place, rows in per_image(samples).groupby(PLACE, sort=False):
        curves = rows.pivot_table(index=["attack", "seed", "image"], columns="tau_share", values="afd", sort=False)
        curves = curves[sorted(curves)].dropna()
        area = area_under(curves.columns.to_numpy(float), curves.to_numpy(float))
        areas.append(curves.index.to_frame(index=False).assign(afd_area=area, **dict(zip(PLACE, place, strict=True))))
    if not areas:
        return pd.DataFrame(columns=_columns(PLACE, ("afd_area",)))
    images = pd.concat(areas)
    return pd.DataFrame(_against(images, PLACE, baseline, ["afd_area"]), columns=_columns(PLACE, ("afd_area",)))


def _against(images: pd.DataFrame, place: list[str], baseline: str, measures: list[str]) -> Iterator[dict[str, object]]:
    ours, theirs = measures, [f"{name} of the baseline" for name in measures]
    base = images[images["attack"] == baseline].rename(columns=dict(zip(ours, theirs, strict=True)))
    run = [*place, "seed", "image"]
    pairs = images[images["attack"] != baseline].merge(base[[*run, *theirs]], on=run).dropna(subset=[*ours, *theirs])
    for where, rows in pairs.groupby([*place, "attack"], sort=False):
        image = rows["image"].to_numpy()
        mean, low, high = bootstrap(rows[ours].to_numpy(float) - rows[theirs].to_numpy(float), image)
        facts: dict[str, object] = dict(zip([*place, "attack"], where, strict=True)) | {"images": len(np.unique(image))}
        for number, name in enumerate(measures):
            facts |= {name: mean[number], f"{name}_low": low[number], f"{name}_high": high[number]}
        yield facts


def bootstrap(values: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means of columns and their percentile intervals, resampling whole groups of rows.

    Args:
        values: (N, M).
        groups: (N,) which rows belong together.

    Returns:
        Mean, low and high, (M,) each. Low and high are NaN for a single group. Where no row differs from another the
        interval has no width, which says nothing about rarer images.
    """
    names, place = np.unique(groups, return_inverse=True)
    sums = np.zeros((len(names), values.shape[1] + 1))
    np.add.at(sums, place, np.column_stack([values, np.ones(len(values))]))
    if len(names) < 2:
        nothing = np.full(values.shape[1], np.nan)
        return values.mean(0), nothing, nothing
    drawn = _draws(len(names)) @ sums
    low, high = np.quantile(drawn[:, :-1] / drawn[:, -1:], [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return values.mean(0), low, high


@lru_cache(maxsize=4)
def _draws(count: int) -> np.ndarray:
    """(RESAMPLES, count) how often each of so many groups is drawn; the same whenever it is asked."""
    return np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), size=RESAMPLES).astype(float)


def clear(differences: pd.DataFrame, measure: str) -> tuple[int, int]:
    """In how many rows a method is clearly better, and clearly worse: intervals that leave out zero."""
    above = int((differences[f"{measure}_low"] > 0).sum())
    below = int((differences[f"{measure}_high"] < 0).sum())
    return (below, above) if measure in LOWER_IS_BETTER else (above, below)


def _columns(place: list[str], measures: tuple[str, ...]) -> list[str]:
    return [*place, "attack", "images", *(name + end for name in measures for end in ("", "_low", "_high"))]
