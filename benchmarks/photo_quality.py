"""How good the photo tagger is on COCO's photos, and how its pooling was chosen.

    python -m benchmarks.photo_quality --root FOLDER [--sides 416] [--card] [--out benchmarks/results]

FOLDER is COCO 2014 in its official layout, or a part of it. Sharpness and shift are chosen on its train split at 320
pixels, everything else is reported on its val split: sharpness by the mean average precision over labels, then the
shift by the F1 of all tags together. ``--card`` writes what was chosen and found into the model card.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import masw_core  # noqa: F401  (sets OMP_WAIT_POLICY before torch is imported)
from masw_core.data import load_dataset
from masw_core.models.coco import COCO_LABELS
from masw_core.models.photo import FOLDER, VIEWS, photo_model
from masw_core.training.quality import average_precision, mean_average_precision, quality

import numpy as np
import torch
from torch import Tensor

SHARPNESSES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 16.0, float("inf"))
SHIFTS = np.round(np.arange(-4, 2.001, 0.05), 2)
BATCH = 8


@torch.no_grad()
def scored_positions(root: Path, split: str, side: int) -> tuple[Tensor, np.ndarray]:
    """The detector's logits (N, C, positions) of all labelled photos of a split, and their labels (N, C)."""
    model = photo_model("photo", side)
    photos = load_dataset("coco2014", split, size=side, root=root)
    if photos.labels != COCO_LABELS:
        raise SystemExit(f"{root} does not have COCO's 80 labels but {len(photos.labels)}")
    scores, present = [], []
    for first in range(0, len(photos), BATCH):
        items = [photos[index] for index in range(first, min(first + BATCH, len(photos)))]
        maps = model.module.label_maps(model.normalise(torch.stack([image for image, _ in items])))
        scores.append(torch.cat([part.flatten(2) for part in maps], dim=2))
        present += [labels.numpy() for _, labels in items]
    return torch.cat(scores), np.stack(present)


def pooled(positions: Tensor, sharpness: float) -> np.ndarray:
    if sharpness == float("inf"):
        return positions.amax(2).numpy()
    return (torch.logsumexp(sharpness * positions, 2) / sharpness).numpy()


def ranking(scores: np.ndarray, present: np.ndarray) -> dict[str, float]:
    """What does not depend on the shift: mean AP over labels and over photos, and whether the top labels are right."""
    order = np.argsort(-scores, axis=1)
    hits = [labels[row[: labels.sum()]] for labels, row in zip(present, order, strict=True)]
    return {
        "mAP": mean_average_precision(scores, present),
        "photo_AP": float(np.mean([average_precision(s, p) for s, p in zip(scores, present, strict=True)])),
        "top_1_right": float(np.mean([labels[0] for labels in hits])),
        "top_Y_right": float(np.mean([labels.all() for labels in hits])),
    }


def tags(scores: np.ndarray, present: np.ndarray) -> dict[str, float]:
    """What the tags at probability 0.5 are worth: shares of positives found and of photos exactly right, false ones
    per photo, and F1 of all tags together."""
    predicted = scores > 0
    right = float((predicted & present).sum())
    return {
        "found": right / present.sum(),
        "false_per_photo": float((predicted & ~present).sum()) / len(present),
        "F1": 2 * right / (predicted.sum() + present.sum()),
        "exactly_right": float((predicted == present).all(1).mean()),
    }


def choose(positions: Tensor, present: np.ndarray) -> tuple[float, float, list[list[Any]]]:
    """Sharpness, shift, and a row of figures per sharpness tried."""
    rows, best = [], (-1.0, 0.0, 0.0)
    for sharpness in SHARPNESSES:
        scores = pooled(positions, sharpness)
        f1 = [tags(scores + shift, present)["F1"] for shift in SHIFTS]
        shift = float(SHIFTS[int(np.argmax(f1))])
        figures = ranking(scores, present) | tags(scores + shift, present)
        rows.append([f"{sharpness:g}", f"{shift:+.2f}", *figures.values()])
        if np.isfinite(sharpness):
            best = max(best, (figures["mAP"], sharpness, shift))
    return best[1], best[2], rows


def table(head: list[str], rows: list[list[Any]]) -> str:
    lines = [head, ["---"] * len(head), *([_cell(value) for value in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def of_view(name: str, scores: np.ndarray, present: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The labels of a view, on the photos that show one of them."""
    columns = list(VIEWS[name].logits)
    some = present[:, columns].any(1)
    return scores[some][:, columns], present[some][:, columns]


def card_results(name: str, scores: np.ndarray, present: np.ndarray) -> dict[str, Any]:
    """The figures of a view for its model card, in percent (false tags: number per photo)."""
    figures = ranking(scores, present) | tags(scores, present)
    percent = {key: round(value if key == "false_per_photo" else 100 * value, 2) for key, value in figures.items()}
    return {"photos": len(scores), **percent, "AP": quality(scores, present, VIEWS[name].labels)["AP"]}


def report(root: Path, sides: set[int]) -> tuple[str, dict[str, Any]]:
    """The tables as Markdown, and the card's pooling and results."""
    default = VIEWS["photo"].side
    scored = {
        (split, side): scored_positions(root, split, side) for split in ("train", "val") for side in sorted(sides)
    }
    sharpness, shift, tried = choose(*scored["train", default])
    logits = {place: (pooled(positions, sharpness) + shift, y) for place, (positions, y) in scored.items()}
    rows = []
    for (split, side), both in logits.items():
        for name in ("photo", "photo-voc"):
            scores, present = of_view(name, *both)
            figures = ranking(scores, present) | tags(scores, present)
            rows.append([split, side, scores.shape[1], len(scores), *figures.values()])
    results = {name: {"val": card_results(name, *of_view(name, *logits["val", VIEWS[name].side]))} for name in VIEWS}
    text = PAGE.format(
        default=default,
        sharpness=sharpness,
        shift=shift,
        tried=table(["sharpness", "best shift", *figures], tried),
        results=table(["split", "side", "labels", "photos", *figures], rows),
        labels=per_label(results["photo"]["val"]["AP"], logits["val", default][1].sum(0)),
    )
    return text, {"pooling": {"sharpness": sharpness, "shift": shift}, "results": results}


def per_label(precision: dict[str, float | None], photos: np.ndarray) -> str:
    rows = [
        [label, int(n), f"{ap:.1f}"] for (label, ap), n in zip(precision.items(), photos, strict=True) if ap is not None
    ]
    return table(["label", "photos that show it", "AP in percent"], sorted(rows, key=lambda row: -row[1]))


PAGE = """# How good the photo tagger is

`python -m benchmarks.photo_quality --root FOLDER`; the photos are scaled to a square, without cropping. mAP is the mean
over labels, photo_AP the mean over photos; top_Y_right: the photo's labels are exactly the highest ones; what follows
is for tags at probability 0.5. The network was trained on COCO train2017: it knows the train photos here, but not the
val photos.

## Pooling, chosen on train at {default} px: sharpness {sharpness:g}, shift {shift:+.2f}

Sharpness inf is the maximum, which lets the gradient see one position only; it is listed for comparison.

{tried}

## Results

{results}

## Average precision per label, val, {default} px

{labels}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--sides", type=int, nargs="+", default=[416], help="besides the views' own")
    parser.add_argument("--card", action="store_true", help="write what was chosen and found into the model card")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    torch.set_num_threads(1)
    text, found = report(options.root, {*options.sides, *(view.side for view in VIEWS.values())})
    (options.out / "photo_quality.md").write_text(text)
    print(text)
    if options.card:
        file = FOLDER / "photo.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | found, indent=1) + "\n")


if __name__ == "__main__":
    main()
