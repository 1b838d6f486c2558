"""Results over the radius: which shares of it a table holds, and one number for a whole curve, the area under AFD."""

from __future__ import annotations

from masw_core.benchmark.summary import completed

import numpy as np
import pandas as pd

PLACE = ["dataset", "model", "case", "k"]
WHOLE = 1.0  # the radius that a protocol names


def radii_of(table: pd.DataFrame) -> list[float]:
    """The shares of the radius in a table, smallest first."""
    return sorted(float(share) for share in completed(table)["tau_share"].unique())


def main_radius(table: pd.DataFrame) -> float:
    """The share that a table of one radius shows: the whole, else the largest there is."""
    shares = radii_of(table)
    return WHOLE if WHOLE in shares or not shares else shares[-1]


def at_radius(table: pd.DataFrame, share: float) -> pd.DataFrame:
    """The rows of one share of the radius."""
    table = completed(table)
    return table[table["tau_share"] == share]


def area_under(shares: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The mean height of curves over the radius (trapezoid rule, divided by the width).

    Args:
        shares: (R,) rising.
        values: (..., R).

    Returns:
        (...), in the unit of the values; NaN for fewer than two radii.
    """
    if len(shares) < 2:
        return np.full(values.shape[:-1], np.nan)
    return np.trapezoid(values, shares, axis=-1) / (shares[-1] - shares[0])


def area_under_afd(table: pd.DataFrame) -> pd.DataFrame:
    """The area under AFD over the radius, of every attack, model, case and k.

    Args:
        table: rows of the benchmark.

    Returns:
        Columns ``PLACE``, ``attack``, ``afd_area`` (in [0, 2], lower is better) and ``afd_area_spread``, mean and
        standard deviation over the seeds; NaN where an attack lacks a radius that others of its place have.
    """
    found = []
    for place, rows in completed(table).groupby(PLACE, sort=False):
        curves = rows.pivot_table(index=["attack", "seed"], columns="tau_share", values="afd", sort=False)
        curves = curves[sorted(curves)]
        areas = pd.Series(area_under(curves.columns.to_numpy(float), curves.to_numpy(float)), curves.index)
        grouped = areas.groupby("attack", sort=False)
        for attack, area in grouped.agg(lambda values: values.mean(skipna=False)).items():
            spread = grouped.get_group(attack).std(ddof=0)
            found.append(
                {**dict(zip(PLACE, place, strict=True)), "attack": attack, "afd_area": area, "afd_area_spread": spread}
            )
    return pd.DataFrame(found, columns=[*PLACE, "attack", "afd_area", "afd_area_spread"])
