"""Scale the sample photos that show several labels: cut, turned upright, at most 480 pixels, without metadata.

What each picture shows, who made it, under which licence and where it comes from stands in
``assets/samples/photos.json``; here stand only the file that it was made of and the part that was cut out. The files
come from Debian's packages gcompris-qt-data 3.1 (its resource files explore_monuments.rcc and explore_world_music.rcc,
unpacked with Qt's ``rcc --reverse``) and lomiri-wallpapers-16.04 20.04.0, and from PyPI's scikit-image 0.26. Put them
into one folder:

    python scripts/make_photo_samples.py FOLDER
"""

import json
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from masw_core.assets import ASSETS  # noqa: E402
from masw_core.data.images import read_image  # noqa: E402

from PIL import Image  # noqa: E402

OUT = ASSETS / "samples"
LONG_SIDE = 480
QUALITY = 90


class Original(NamedTuple):
    """The file that a sample was made of and the part cut out: left, top, right, bottom in its pixels; None: all."""

    file: str
    part: tuple[int, int, int, int] | None = None


ORIGINALS = {
    "photo-berlin.jpg": Original("berlinCathedral.webp", (170, 497, 418, 683)),
    "photo-coffee.jpg": Original("coffee.png"),
    "photo-colosseum.jpg": Original("colosseum.webp", (95, 500, 345, 666)),
    "photo-eiffel-tower.jpg": Original("eiffelTower.webp", (400, 609, 720, 769)),
    "photo-mariachi.jpg": Original("mexico.webp"),
    "photo-orchestra.jpg": Original("orchestra.webp", (180, 0, 840, 420)),
    "photo-wine.jpg": Original("Wine_by_Jakkub_Mede.jpg", (500, 100, 2500, 2000)),
    "photo-worms.jpg": Original("wormsCathedral.webp", (440, 700, 760, 940)),
}


def scaled(picture: Image.Image, part: tuple[int, int, int, int] | None) -> Image.Image:
    """That part of an upright picture with its longer side at most 480 pixels; a smaller one keeps its size."""
    cut = picture.crop(part) if part else picture.copy()
    cut.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    return cut


def main() -> None:
    """Write every sample photo that has a row in photos.json and an original here."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    rows = {row["file"] for row in json.loads((OUT / "photos.json").read_text(encoding="utf-8"))}
    if without := sorted(set(ORIGINALS) - rows):
        sys.exit(f"photos.json says nothing about {', '.join(without)}; write down what they show and their licence.")
    if missing := sorted(o.file for o in ORIGINALS.values() if not (folder / o.file).is_file()):
        sys.exit(f"{folder} lacks {', '.join(missing)}.")
    for name, original in ORIGINALS.items():
        picture = scaled(read_image(folder / original.file), original.part)
        picture.save(OUT / name, quality=QUALITY, optimize=True)
        print(f"{name}: {picture.width} x {picture.height}")


if __name__ == "__main__":
    main()
