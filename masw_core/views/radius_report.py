"""Results over the radius in Markdown: AFD at every radius with the area under it, and paired differences."""

from __future__ import annotations

from typing import Any

from masw_core.benchmark.paired import MEASURES, paired_areas, paired_differences
from masw_core.benchmark.radii import PLACE, area_under_afd, radii_of
from masw_core.benchmark.summary import over_seeds

import pandas as pd


def over_tau(table: pd.DataFrame) -> list[str]:
    """AFD of every attack at every radius, and the area under it."""
    shares = radii_of(table)
    afd = over_seeds(table).pivot_table(index=[*PLACE, "attack"], columns="tau_share", values="afd", sort=False)
    areas = area_under_afd(table).set_index([*PLACE, "attack"])
    lines = ["AFD (0 to 2, lower is better) at shares of tau, and the area under it: its mean over the radius.", ""]
    lines += _head("model", "k", "case", "attack", *(f"{share:g}" for share in shares), "area")
    for place, row in afd.iterrows():
        _, model, case, k, attack = place
        cells = [f"{row[share]:.3f}" if pd.notna(row[share]) else "" for share in shares]
        area = areas.loc[place, "afd_area"]
        lines.append(_row(model, k, case, attack, *cells, "" if pd.isna(area) else f"{area:.3f}"))
    return lines


def paired(samples: pd.DataFrame, baseline: str) -> list[str]:
    """Every method minus a baseline on the same images, with 95 % intervals."""
    differences = paired_differences(samples, baseline)
    lines = [
        f"Every attack minus `{baseline}` on the same images (an image that several seeds chose is drawn as one), with "
        "95 % bootstrap intervals; ASR, SASR and LFR in points, AFD in [0, 2] and lower is better.",
        "",
        *_head("model", "k", "case", "attack", "share of tau", "images", *(name.upper() for name in MEASURES)),
    ]
    for row in differences.to_dict("records"):
        cells = [_interval(row, name) for name in MEASURES]
        lines.append(
            _row(row["model"], row["k"], row["case"], row["attack"], f"{row['tau_share']:g}", row["images"], *cells)
        )
    areas = paired_areas(samples, baseline)
    if len(areas):
        lines += ["", "The area under AFD, image by image:", ""]
        lines += _head("model", "k", "case", "attack", "images", "area")
        lines += [
            _row(row["model"], row["k"], row["case"], row["attack"], row["images"], _interval(row, "afd_area"))
            for row in areas.to_dict("records")
        ]
    return lines


def _interval(row: dict[str, Any], name: str) -> str:
    scale, digits = (1, 3) if name.startswith("afd") else (100, 1)
    mean, low, high = (f"{scale * row[column]:+.{digits}f}" for column in (name, f"{name}_low", f"{name}_high"))
    return f"{mean} [{low}, {high}]"


def _head(*names: str) -> list[str]:
    return [_row(*names), "|" + "---|" * len(names)]


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"
