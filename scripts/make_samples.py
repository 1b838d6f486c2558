"""Paint the sample scenes of the app: ``assets/samples/scene-*.png`` and ``assets/samples/scenes.json``.

The scenes are arranged by hand, with icons that the networks have been trained on, and painted by the
painter of the data set at 256 pixels. The script refuses to write a sample that one of the two networks
tags wrongly.

    python scripts/make_samples.py
"""

import json
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from masw_core.data.atlas import load_atlas  # noqa: E402
from masw_core.data.images import to_tensor  # noqa: E402
from masw_core.data.scene_painting import Placement, Scene, paint  # noqa: E402
from masw_core.models import VOC_LABELS, load_model  # noqa: E402

from PIL import Image  # noqa: E402

OUT = ROOT / "assets" / "samples"
SIDE = 256
ICONS = {f"{icon.source}/{icon.name}": icon for icon in load_atlas()}


class Thing(NamedTuple):
    """One icon of a sample: centre and longer side in percent of the picture, degrees, hue shift of 256."""

    icon: str
    x: int
    y: int
    size: int
    angle: int = 0
    mirrored: bool = False
    hue: int = 0


class Sample(NamedTuple):
    """One arranged scene; ``seed`` picks the colours of the background."""

    title: str
    alt: str
    background: str
    seed: int
    things: tuple[Thing, ...]


SAMPLES = (
    Sample(
        "Farm",
        "A brown horse, a spotted cow and a white sheep on a meadow under a blue sky.",
        "sky and ground",
        3,
        (
            Thing("noto/deciduous-tree", 86, 30, 26),
            Thing("noto/horse", 29, 34, 46, 0, True),
            Thing("fluent-emoji/cow", 69, 65, 46),
            Thing("own/sheep-white-side", 25, 75, 40),
        ),
    ),
    Sample(
        "Street",
        "A yellow bus, a red car and a man walking with a small dog.",
        "sky and ground",
        8,
        (
            Thing("noto/bus", 30, 34, 50),
            Thing("fluent-emoji/automobile", 72, 52, 44, 0, True),
            Thing("noto/man-walking", 27, 74, 42),
            Thing("noto/dog", 62, 80, 30),
        ),
    ),
    Sample(
        "Living room",
        "A green sofa with a ginger cat in front of it and an old television beside it.",
        "gradient",
        6,
        (
            Thing("own/sofa-three-seat-green", 38, 40, 60),
            Thing("own/tvmonitor-retro", 77, 68, 40),
            Thing("noto/cat", 28, 76, 36),
        ),
    ),
    Sample(
        "Dinner",
        "A laid round table, a wooden chair and a bottle of wine.",
        "plain",
        58,
        (
            Thing("own/diningtable-round-cloth", 40, 60, 62),
            Thing("noto/chair", 79, 62, 40, 0, True),
            Thing("own/bottle-wine", 76, 24, 40, 8),
        ),
    ),
    Sample(
        "Harbour",
        "A sailing boat and a passenger ship; a white dove flies above them.",
        "gradient",
        78,
        (
            Thing("noto/sun", 14, 15, 18),
            Thing("fluent-emoji/sailboat", 30, 58, 50),
            Thing("noto/passenger-ship", 71, 72, 44),
            Thing("noto/dove", 70, 24, 36),
        ),
    ),
    Sample(
        "Airport",
        "An aeroplane takes off above a parked bus and a taxi.",
        "sky and ground",
        16,
        (
            Thing("fluent-emoji/airplane", 55, 27, 46, 6),
            Thing("fluent-emoji/bus", 29, 70, 46),
            Thing("noto/taxi", 75, 77, 38),
        ),
    ),
    Sample(
        "Station",
        "A steam train, and a woman in a yellow helmet with a guide dog.",
        "gradient",
        11,
        (
            Thing("noto/locomotive", 36, 34, 58),
            Thing("noto/woman-construction-worker", 79, 60, 38),
            Thing("fluent-emoji/guide-dog", 42, 78, 38),
        ),
    ),
    Sample(
        "Bicycle tour",
        "A cyclist in the countryside passes a grazing cow.",
        "sky and ground",
        21,
        (
            Thing("noto/evergreen-tree", 14, 28, 28),
            Thing("noto/woman-biking", 37, 60, 56),
            Thing("noto/cow", 78, 73, 38),
        ),
    ),
    Sample(
        "Workshop",
        "A red motorbike and a blue scooter next to a jeep.",
        "blobs",
        9,
        (
            Thing("fluent-emoji/motorcycle", 31, 34, 50),
            Thing("noto/motor-scooter", 75, 40, 40),
            Thing("noto/sport-utility-vehicle", 46, 76, 46),
        ),
    ),
    Sample(
        "Window sill",
        "A dark grey cat stands between a potted fern and a green parrot.",
        "gradient",
        23,
        (
            Thing("noto/black-cat", 46, 66, 46),
            Thing("own/pottedplant-fern", 24, 35, 44),
            Thing("noto/parrot", 79, 36, 42, 0, True),
        ),
    ),
    Sample(
        "Office",
        "A desktop monitor, an office chair and a potted plant.",
        "plain",
        24,
        (
            Thing("own/tvmonitor-computer", 32, 35, 50),
            Thing("own/chair-office", 73, 56, 52),
            Thing("own/pottedplant-monstera", 28, 76, 36),
        ),
    ),
    Sample(
        "Race course",
        "A jockey rides past a brown horse under a rainbow.",
        "sky and ground",
        27,
        (
            Thing("noto/rainbow", 80, 18, 26),
            Thing("noto/horse-racing", 35, 45, 56),
            Thing("noto/horse", 75, 73, 42, 0, True),
        ),
    ),
)


def arranged(sample: Sample) -> Scene:
    """The sample as a scene of the data set's painter."""
    placed = [
        Placement(ICONS[t.icon], t.x / 100, t.y / 100, t.size / 100, t.angle, t.mirrored, t.hue, 1.0, 1.0)
        for t in sample.things
    ]
    return Scene(
        seed=(505, sample.seed),
        background=sample.background,
        distractors=tuple(p for p in placed if not p.icon.labels),
        objects=tuple(p for p in placed if p.icon.labels),
        blur=0.0,
        noise=3.0,
    )


def main() -> None:
    """Paint, check and write every sample."""
    models = [load_model(name) for name in ("scenes", "scenes-robust")]
    entries, wrong = [], []
    for number, sample in enumerate(SAMPLES, start=1):
        scene = arranged(sample)
        picture = paint(scene, SIDE * 5 // 4).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        file = f"scene-{number:02d}.png"
        picture.save(OUT / file, optimize=True)
        for model in models:
            scores = model(to_tensor(picture, model.input_size)[None])[0].sigmoid()
            tags = {label for label, score in zip(VOC_LABELS, scores, strict=True) if score > 0.5}
            if tags != scene.labels:
                wrong.append(f"{file} ({model.name}): {sorted(tags)} instead of {sorted(scene.labels)}")
        entries.append(
            {
                "file": file,
                "title": sample.title,
                "labels": [label for label in VOC_LABELS if label in scene.labels],
                "model": "scenes-robust",
                "licence": "Apache-2.0; icons Apache-2.0 and MIT, see assets/scenes/LICENSES.md",
                "source": "Arranged by scripts/make_samples.py from the icon atlas in assets/scenes",
                "alt": sample.alt,
            }
        )
    if wrong:
        sys.exit("Tagged wrongly:\n" + "\n".join(wrong))
    (OUT / "scenes.json").write_text(json.dumps(entries, indent=2) + "\n")
    print(f"{len(entries)} samples")


if __name__ == "__main__":
    main()
