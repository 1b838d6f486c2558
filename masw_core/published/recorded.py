"""The results that ship with the project: which sets and studies are recorded under ``assets/results``.

A set is a folder with ``results.csv`` (and ``samples.csv.gz``, ``protocol.json``); a study is a folder
``studies/<name>`` with ``study.csv`` and what it found in ``study.md``. They are made by the benchmark and the
studies, and only read here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from masw_core.assets import ASSETS
from masw_core.benchmark.columns import VALUES
from masw_core.benchmark.summary import read_results, read_samples
from masw_core.studies import definition as study
from masw_core.studies.catalogue import STUDIES

import pandas as pd

FOLDER = ASSETS / "results"
CONCLUSIONS = FOLDER / "studies" / "studies.md"
TITLES = {
    "scenes": "Drawn scenes",
    "scenes-variants": "Drawn scenes: variants of MASW and MADW",
    "scenes-robust": "Drawn scenes, hardened model",
    "scenes-universal": "Drawn scenes, universal",
    "radius": "Drawn scenes, over tau",
    "radius-attacks": "Drawn scenes, more attacks over tau",
    "radius-photos": "COCO photos, over tau",
    "voc2012": "PASCAL VOC 2012",
    "coco2014": "COCO 2014",
    "coco2014-photos": "COCO 2014, 32 photos",
}
STUDY_COLUMNS = ("figure", "variable", "value", "series")


@dataclass(frozen=True)
class RecordedSet:
    """A recorded table."""

    name: str
    folder: Path

    @property
    def title(self) -> str:
        """What people read."""
        return TITLES.get(self.name, self.name)

    def table(self) -> pd.DataFrame:
        """``results.csv``, see ``read_results``; a column that was not recorded is NaN."""
        table = read_results(self.folder / "results.csv")
        return table.reindex(columns=[*table.columns, *(name for name in VALUES if name not in table)])

    @property
    def samples_file(self) -> Path | None:
        """Where the rows per image are, or None where they were not recorded."""
        files = (self.folder / name for name in ("samples.csv.gz", "samples.csv"))
        return next((file for file in files if file.exists()), None)

    def samples(self) -> pd.DataFrame | None:
        """One row per image, or None where it was not recorded."""
        return None if self.samples_file is None else read_samples(self.samples_file)

    def protocol(self) -> dict[str, Any]:
        """How it was measured; empty where that was not recorded."""
        file = self.folder / "protocol.json"
        return json.loads(file.read_text()) if file.exists() else {}


@dataclass(frozen=True)
class Study:
    """A recorded study: a measure over a setting."""

    name: str
    folder: Path

    @property
    def asked(self) -> study.Study | None:
        """What it asks; None for a study that this program does not have."""
        return next((one for one in STUDIES if one.name == self.name), None)

    @property
    def title(self) -> str:
        """What people read."""
        return self.name.replace("-", " ").replace("_", " ").capitalize().replace("Spw", "SPW")

    def points(self) -> pd.DataFrame:
        """``study.csv``: means, one row per figure, value and series.

        Raises:
            ValueError: it lacks a column.
        """
        points = pd.read_csv(self.folder / "study.csv")
        if missing := [name for name in STUDY_COLUMNS if name not in points]:
            raise ValueError(f"{self.name}/study.csv lacks the columns {', '.join(missing)}: record the study again.")
        return points.assign(series=points["series"].astype("string").fillna(""))

    def curves(self) -> pd.DataFrame:
        """``curves.csv``: quantities over the steps, relative to their start; empty where there are none."""
        file = self.folder / "curves.csv"
        return pd.read_csv(file) if file.exists() else pd.DataFrame()

    def conclusion(self, page: Path = CONCLUSIONS) -> str:
        """What ``studies.md`` says of it: the section whose heading names it, without the heading."""
        for section in _text(page).split("\n## ")[1:]:
            heading, _, text = section.partition("\n")
            if f"`{self.name}`" in heading:
                return text.strip()
        return ""

    def verdict(self, page: Path = CONCLUSIONS) -> str:
        """Whether the paper's claim holds here, from the table in ``studies.md``; empty where none is made."""
        for line in _text(page).splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if len(cells) == 3 and cells[1] == f"`{self.name}`":
                return cells[2]
        return ""

    def finding(self) -> str:
        """Its tables, in Markdown; empty where nobody wrote them down."""
        file = self.folder / "study.md"
        return file.read_text(encoding="utf-8").strip() if file.exists() else ""


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


def recorded_sets(folder: Path | None = None) -> list[RecordedSet]:
    """The sets that are there, those of ``TITLES`` first."""
    found = [RecordedSet(file.parent.name, file.parent) for file in (folder or FOLDER).glob("*/results.csv")]
    order = list(TITLES)
    return sorted(found, key=lambda one: (order.index(one.name) if one.name in order else len(order), one.name))


def recorded_studies(folder: Path | None = None) -> list[Study]:
    """The studies that are there, in the order of the paper's figures."""
    found = ((folder or FOLDER) / "studies").glob("*/study.csv")
    order = {one.name: number for number, one in enumerate(STUDIES)}
    studies = [Study(file.parent.name, file.parent) for file in found]
    return sorted(studies, key=lambda one: (order.get(one.name, len(order)), one.name))
