"""Build the icon atlas of the embedded scenes: ``assets/scenes/atlas-*.webp`` and ``assets/scenes/atlas.json``.

Only needed when the list of icons or one of our own drawings changes; the atlas itself is in the
repository. It needs two things that the product does not:

    npm install @iconify-json/noto@1.2.9 @iconify-json/noto-v1@1.2.5 \
                @iconify-json/fluent-emoji@1.2.7 @iconify-json/fluent-emoji-flat@1.2.6
    pip install resvg-py==0.5.0
    python scripts/build_atlas.py --icons node_modules/@iconify-json

Every icon is rendered, cut to what is drawn, scaled so that its longer side is 96 pixels, and stored in a
96 x 96 tile. About one drawing in seven of every label is marked as held out: only the split
"unseen" shows those.
"""

import argparse
import io
import json
import zlib
from pathlib import Path
from typing import NamedTuple

from PIL import Image

ASSETS = Path(__file__).resolve().parent.parent / "assets" / "scenes"
SETS = ("noto", "noto-v1", "fluent-emoji", "fluent-emoji-flat")
TILE, COLUMNS, ROWS = 96, 20, 20
HELD_OUT_SHARE = 7
"""One drawing in this many is held out, and at least one of every label with enough of them."""
FEWEST_TO_HOLD_OUT = 4

# What a drawing shows, as labels joined by "+"; the empty label is a distractor.
NAMES = {
    "aeroplane": "airplane small-airplane airplane-departure airplane-arrival",
    "bicycle": "bicycle",
    "bicycle+person": "person-biking man-biking woman-biking person-mountain-biking man-mountain-biking"
    " woman-mountain-biking",
    "bird": "bird eagle duck dove owl parrot rooster chicken penguin flamingo swan goose baby-chick"
    " front-facing-baby-chick hatching-chick peacock black-bird blackbird dodo turkey",
    "boat": "sailboat ship passenger-ship ferry speedboat motor-boat canoe",
    "boat+person": "person-rowing-boat man-rowing-boat woman-rowing-boat",
    "bottle": "bottle-with-popping-cork baby-bottle sake lotion-bottle",
    "bus": "bus oncoming-bus minibus trolleybus",
    "car": "automobile oncoming-automobile taxi oncoming-taxi police-car oncoming-police-car racing-car"
    " sport-utility-vehicle",
    "cat": "cat cat-face black-cat grinning-cat pouting-cat",
    "chair": "chair seat",
    "cow": "cow cow-face ox water-buffalo",
    "dog": "dog dog-face poodle guide-dog service-dog",
    "horse": "horse horse-face carousel-horse",
    "horse+person": "horse-racing",
    "motorbike": "motorcycle motor-scooter",
    "person": "man woman boy girl child person man-standing woman-standing man-walking woman-walking"
    " person-walking man-running woman-running person-running old-man old-woman older-person man-dancing"
    " woman-dancing man-construction-worker woman-construction-worker man-police-officer"
    " woman-police-officer man-farmer woman-farmer man-cook woman-cook man-astronaut woman-astronaut"
    " man-student woman-student man-bouncing-ball woman-bouncing-ball man-lifting-weights man-surfing"
    " woman-surfing man-beard man-blond-hair woman-blond-hair woman-red-hair man-red-hair prince princess"
    " guard man-teacher woman-teacher man-firefighter woman-health-worker man-tipping-hand"
    " person-raising-hand",
    "pottedplant": "potted-plant",
    "sheep": "ewe ram",
    "sofa": "couch-and-lamp",
    "train": "locomotive bullet-train high-speed-train train metro tram tram-car railway-car monorail"
    " light-rail mountain-railway",
    "tvmonitor": "television desktop-computer",
    "": "red-apple green-apple pear banana watermelon grapes strawberry cherries pineapple tangerine lemon"
    " peach carrot broccoli eggplant pizza hamburger doughnut cookie birthday-cake cheese-wedge croissant"
    " bread pretzel taco sushi ice-cream lollipop soccer-ball basketball baseball tennis volleyball"
    " american-football balloon guitar trumpet violin saxophone drum deciduous-tree evergreen-tree palm-tree"
    " house hospital school castle church cloud sun rainbow crescent-moon star snowflake umbrella tulip rose"
    " sunflower mushroom maple-leaf gift teddy-bear books envelope hammer key candle crown glasses",
}
DISTRACTOR_SETS = ("noto", "fluent-emoji-flat")
TONED = ("person", "bicycle+person", "boat+person")
TONES = ("dark", "medium", "medium-dark", "light", "medium-light")
OWN_PAIRS = {
    "diningtable-with-chairs": "diningtable+chair",
    "motorbike-rider-touring": "motorbike+person",
}
"""Our own drawings are named after their label; these show two."""


class Icon(NamedTuple):
    """One drawing before it is rendered."""

    source: str
    name: str
    labels: str
    svg: str


def icons_of_set(folder: Path, source: str) -> list[Icon]:
    """The icons of one npm package that NAMES asks for, every second person in another skin tone."""
    document = json.loads((folder / source / "icons.json").read_text())
    size = document.get("width", 16), document.get("height", 16)
    found = []
    for labels, names in NAMES.items():
        for position, name in enumerate(names.split()):
            tone = TONES[(position + SETS.index(source)) % len(TONES)]
            tone = f"{tone}-skin-tone" if source.startswith("noto") else tone
            if labels in TONED and position % 2 and f"{name}-{tone}" in document["icons"]:
                name = f"{name}-{tone}"
            icon = document["icons"].get(name)
            if icon is None or (not labels and source not in DISTRACTOR_SETS):
                continue
            width, height = icon.get("width", size[0]), icon.get("height", size[1])
            svg = (
                f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
                f'viewBox="0 0 {width} {height}" width="{width}" height="{height}">{icon["body"]}</svg>'
            )
            found.append(Icon(source, name, labels, svg))
    return found


def own_icons() -> list[Icon]:
    """Our own drawings in ``assets/scenes/own``."""
    drawings = sorted((ASSETS / "own").glob("*.svg"))
    return [Icon("own", p.stem, OWN_PAIRS.get(p.stem, p.stem.split("-")[0]), p.read_text()) for p in drawings]


def held_out(icons: list[Icon]) -> set[tuple[str, str]]:
    """The (set, name) pairs that only the split "unseen" shows: chosen by a hash of the name."""
    chosen: set[tuple[str, str]] = set()
    for labels in {icon.labels for icon in icons}:
        drawings = sorted(
            {(icon.source, icon.name) for icon in icons if icon.labels == labels},
            key=lambda drawing: zlib.crc32("/".join(drawing).encode()),
        )
        if len(drawings) >= FEWEST_TO_HOLD_OUT:
            chosen.update(drawings[: max(1, round(len(drawings) / HELD_OUT_SHARE))])
    return chosen


def render(svg: str) -> Image.Image:
    """The drawing, cut to its visible part, with its longer side at TILE pixels (premultiplied scaling)."""
    from resvg_py import svg_to_bytes

    picture = Image.open(io.BytesIO(bytes(svg_to_bytes(svg_string=svg, width=384, height=384))))
    picture = picture.convert("RGBA")
    box = picture.getchannel("A").point(lambda a: 255 * (a > 24)).getbbox()
    if box is None:
        raise ValueError("the drawing is empty")
    picture = picture.crop(box)
    scale = TILE / max(picture.size)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return picture.convert("RGBa").resize(size, Image.Resampling.LANCZOS).convert("RGBA")


def build(folder: Path) -> None:
    """Write the sheets and the index."""
    icons = [icon for source in SETS for icon in icons_of_set(folder, source)] + own_icons()
    unseen = held_out(icons)
    per_sheet = COLUMNS * ROWS
    entries = []
    for first in range(0, len(icons), per_sheet):
        part = icons[first : first + per_sheet]
        rows = -(-len(part) // COLUMNS)
        sheet = Image.new("RGBA", (COLUMNS * TILE, rows * TILE))
        name = f"atlas-{first // per_sheet}.webp"
        for position, icon in enumerate(part):
            tile = render(icon.svg)
            corner = position % COLUMNS * TILE, position // COLUMNS * TILE
            sheet.paste(tile, corner)
            entries.append(
                {
                    "set": icon.source,
                    "name": icon.name,
                    "labels": icon.labels.split("+") if icon.labels else [],
                    "held_out": (icon.source, icon.name) in unseen,
                    "sheet": name,
                    "box": [*corner, corner[0] + tile.width, corner[1] + tile.height],
                }
            )
        sheet.save(ASSETS / name, lossless=True, quality=100, method=6)
    lines = ",\n".join(json.dumps(entry) for entry in entries)
    (ASSETS / "atlas.json").write_text(f'{{"tile": {TILE}, "icons": [\n{lines}\n]}}\n')
    print(f"{len(entries)} icons, {sum(e['held_out'] for e in entries)} held out")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--icons", type=Path, required=True, help="the folder node_modules/@iconify-json")
    build(parser.parse_args().icons)
