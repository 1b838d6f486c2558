"""The sample pictures that come with the project: drawn scenes and photos, each with its labels and licence.

The tables beside the pictures in assets/samples/ say it all; nothing here decodes a picture.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from masw_core.assets import ASSETS

FOLDER = ASSETS / "samples"
_TABLES = ("scenes.json", "photos.json")


@dataclass(frozen=True)
class Sample:
    """One picture to try things on."""

    id: str
    file: Path
    title: str
    labels: tuple[str, ...]  # those labels of its model that really are in the picture
    model: str  # the model made for this kind of picture
    licence: str
    source: str
    alt: str  # what the picture shows, for those who cannot see it


@cache
def list_samples() -> tuple[Sample, ...]:
    """All samples, drawn scenes first."""
    return tuple(sample for table in _TABLES for sample in _read(FOLDER / table))


def sample(id: str) -> Sample:
    """The sample of that id; raises ``ValueError`` naming those there are."""
    for one in list_samples():
        if one.id == id:
            return one
    raise ValueError(f"there is no sample {id!r}; choose one of {', '.join(one.id for one in list_samples())}")


def _read(table: Path) -> list[Sample]:
    if not table.exists():
        return []
    return [
        Sample(
            id=Path(row["file"]).stem,
            file=table.parent / row["file"],
            title=row["title"],
            labels=tuple(row["labels"]),
            model=row["model"],
            licence=row["licence"],
            source=row["source"],
            alt=row["alt"],
        )
        for row in json.loads(table.read_text(encoding="utf-8"))
    ]
