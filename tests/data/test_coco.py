"""COCO 2014 in its official layout, read by pycocotools without a word."""

import json
import sys

from masw_core.data import DataError, load_dataset

import pytest

CATEGORIES = [{"id": 18, "name": "dog"}, {"id": 1, "name": "person"}, {"id": 3, "name": "car"}]
IMAGES = [{"id": number, "file_name": f"COCO_val2014_{number:012}.jpg"} for number in (42, 7, 9)]
ANNOTATIONS = [
    {"id": 1, "image_id": 42, "category_id": 18, "iscrowd": 0},
    {"id": 2, "image_id": 42, "category_id": 18, "iscrowd": 0},
    {"id": 3, "image_id": 42, "category_id": 1, "iscrowd": 1},
    {"id": 4, "image_id": 7, "category_id": 3, "iscrowd": 0},
    {"id": 5, "image_id": 7, "category_id": 99, "iscrowd": 0},  # a category nobody described
]
FILE = "annotations/instances_val2014.json"


@pytest.fixture
def root(tmp_path, paint, write):
    write(tmp_path / FILE, json.dumps({"images": IMAGES, "annotations": ANNOTATIONS, "categories": CATEGORIES}))
    for image in IMAGES:
        paint(tmp_path / "val2014" / image["file_name"])
    return tmp_path


def test_labels_stand_in_category_order_and_unlabelled_images_are_left_out(root, capsys):
    data = load_dataset("coco2014", root=root, size=24)
    assert data.labels == ("person", "car", "dog")
    assert [data.file(i).name for i in range(len(data))] == [IMAGES[1]["file_name"], IMAGES[0]["file_name"]]
    assert data.present(0).tolist() == [False, True, False]
    assert data.present(1).tolist() == [True, False, True]
    assert data[0][0].shape == (3, 24, 24)
    assert capsys.readouterr().out == ""


def test_without_pycocotools_the_extra_is_named(root, monkeypatch):
    monkeypatch.setitem(sys.modules, "pycocotools.coco", None)
    with pytest.raises(DataError, match=r"need pycocotools: run pip install 'masw-explorer\[data\]'"):
        load_dataset("coco2014", root=root)


@pytest.mark.parametrize(
    "text", ["{", "[1, 2]", '{"images": []}', '{"annotations": [{"id": 1}]}', '{"categories": [{}], "images": []}', ""]
)
def test_what_is_no_annotation_file_is_named(root, write, text):
    write(root / FILE, text)
    with pytest.raises(DataError, match=r"instances_val2014\.json|has a label"):
        load_dataset("coco2014", root=root)


def test_missing_parts_are_named(root):
    with pytest.raises(DataError, match=r"instances_train2014\.json; get it from https://cocodataset\.org"):
        load_dataset("coco2014", "train", root=root)
    (root / "val2014" / IMAGES[0]["file_name"]).write_bytes(b"GIF89a")
    with pytest.raises(DataError, match=IMAGES[0]["file_name"]):
        load_dataset("coco2014", root=root)[1]
    (root / "val2014").rename(root / "elsewhere")
    with pytest.raises(DataError, match=r"lacks .*val2014; get it"):
        load_dataset("coco2014", root=root)
