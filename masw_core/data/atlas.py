"""The icon atlas of the embedded scenes: reads ``assets/scenes/atlas.json`` and its sheets.

An icon knows which labels it shows, where it comes from and whether it is held out for the split "unseen".
How the atlas is built is in ``scripts/build_atlas.py``; whose drawings these are is in
``assets/scenes/LICENSES.md``. How icons become scenes is in ``scenes.py`` and ``scene_painting.py``.
"""

import json
from dataclasses import dataclass
from functools import lru_cache

from masw_core.assets import ASSETS

from PIL import Image

ATLAS_FOLDER = ASSETS / "scenes"


@dataclass(frozen=True)
class Icon:
    """One drawing of the atlas: ``labels`` is empty for a distractor, ``picture`` is RGBA, cut to size."""

    source: str
    name: str
    labels: tuple[str, ...]
    held_out: bool
    picture: Image.Image


@lru_cache(maxsize=1)
def load_atlas() -> tuple[Icon, ...]:
    """Every icon of the atlas, in the order of its index."""
    entries = json.loads((ATLAS_FOLDER / "atlas.json").read_text())["icons"]
    sheets = {name: _read_sheet(name) for name in {entry["sheet"] for entry in entries}}
    return tuple(
        Icon(
            source=entry["set"],
            name=entry["name"],
            labels=tuple(entry["labels"]),
            held_out=entry["held_out"],
            picture=sheets[entry["sheet"]].crop(entry["box"]),
        )
        for entry in entries
    )


def _read_sheet(name: str) -> Image.Image:
    with Image.open(ATLAS_FOLDER / name) as sheet:
        return sheet.convert("RGBA")
