"""COCO's loader on real files: a few hundred photos in the official layout, where they are at hand."""

import json
from pathlib import Path

from masw_core import load_dataset
from masw_core.models.coco import COCO_LABELS

import pytest
import torch

ROOT = Path(__file__).parents[3] / "shared" / "coco-mini"
pytestmark = pytest.mark.skipif(not ROOT.is_dir(), reason="no COCO photos beside the project")


@pytest.mark.parametrize("split", ["train", "val"])
def test_every_photo_is_read_and_has_the_labels_of_its_annotations(split):
    data = load_dataset("coco2014", split, size=32, root=ROOT)
    assert data.labels == COCO_LABELS
    file = json.loads((ROOT / f"annotations/instances_{split}2014.json").read_text())
    names = {category["id"]: category["name"] for category in file["categories"]}
    ids = {image["file_name"]: image["id"] for image in file["images"]}
    shown = {}
    for annotation in file["annotations"]:
        shown.setdefault(annotation["image_id"], set()).add(names[annotation["category_id"]])
    assert len(data) == len(shown)
    for index in range(len(data)):
        image, present = data[index]
        assert image.shape == (3, 32, 32)
        assert image.dtype == torch.float32
        assert float(image.abs().max()) <= 1
        labels = {COCO_LABELS[j] for j in present.nonzero().flatten().tolist()}
        assert labels == shown[ids[data.file(index).name]]
        assert data.file(index).stem.endswith(f"{ids[data.file(index).name]:012}")
