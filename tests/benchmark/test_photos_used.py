"""A sweep on photos: files in COCO's layout, the photo tagger, and which photos were used."""

import csv
import json
import shutil
from pathlib import Path

from masw_core.benchmark.cell import Cell, Protocol
from masw_core.benchmark.photos_used import write_photos
from masw_core.benchmark.protocol import evaluation_set
from masw_core.commands.cli import main
from masw_core.data.samples import sample
from masw_core.models.coco import COCO_LABELS

import pytest

# Their ids in this small COCO, and samples whose labels the tagger ranks first.
PHOTOS = {42: "photo-chelsea", 7: "photo-dog", 139: "photo-macaw", 9: "photo-cow"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Sample photos as COCO's validation and training split."""
    for split in ("val", "train"):
        images, annotations = [], []
        for number, name in PHOTOS.items():
            file = f"COCO_{split}2014_{number:012}.jpg"
            (tmp_path / f"{split}2014").mkdir(exist_ok=True)
            shutil.copy(sample(name).file, tmp_path / f"{split}2014" / file)
            images.append({"id": number, "file_name": file})
            for label in sample(name).labels:
                category = COCO_LABELS.index(label) + 1
                annotations.append({"id": len(annotations) + 1, "image_id": number, "category_id": category})
        categories = [{"id": index + 1, "name": name} for index, name in enumerate(COCO_LABELS)]
        content = {"images": images, "annotations": annotations, "categories": categories}
        (tmp_path / "annotations").mkdir(exist_ok=True)
        (tmp_path / "annotations" / f"instances_{split}2014.json").write_text(json.dumps(content))
    return tmp_path


def run(root: Path, out: Path, *more: str) -> int:
    arguments = ["benchmark", "--dataset", "coco2014", "--root", str(root), "--seeds", "1", "--device", "cpu"]
    return main([*arguments, "--steps", "1", "--attacks", "masw", "--k", "3", "--out", str(out), *more])


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def test_a_sweep_on_photos_says_which_files_its_images_were(root, tmp_path):
    out = tmp_path / "out"
    assert run(root, out, "--model", "photo", "--cases", "untargeted,worst", "--samples", "3") == 0
    photos = {row["image"]: row for row in rows_of(out / "photos.csv")}
    samples = rows_of(out / "samples.csv")
    assert {row["image"] for row in samples} == set(photos)
    assert len(photos) == 3
    in_order = [f"COCO_val2014_{number:012}.jpg" for number in sorted(PHOTOS)]
    assert all(row["file"] == in_order[int(image)] for image, row in photos.items())
    assert {(row["dataset"], row["split"]) for row in photos.values()} == {("coco2014", "val")}


def test_universal_rows_also_list_the_photos_they_were_found_on(root, tmp_path):
    (tmp_path / "samples.csv").write_text("dataset,image\ncoco2014,1\n")
    protocol = Protocol(samples=2, training=3, root=str(root), device="cpu")
    cell = Cell("coco2014", "photo", "universal", 3, "masw", 0)
    write_photos(tmp_path, protocol, [cell])
    rows = [(row["split"], int(row["image"])) for row in rows_of(tmp_path / "photos.csv")]
    trained_on = evaluation_set("coco2014", "photo", 3, 0, "train", str(root), "cpu").index.tolist()
    assert rows == [*(("train", image) for image in sorted(trained_on)), ("val", 1)]


def test_drawn_scenes_have_no_files_to_name(tmp_path):
    (tmp_path / "samples.csv").write_text("dataset,image\nscenes,1\n")
    write_photos(tmp_path, Protocol(), [])
    assert not (tmp_path / "photos.csv").exists()


def test_models_with_other_labels_are_refused_in_one_sentence(root, tmp_path, capsys):
    assert run(root, tmp_path / "out", "--model", "photo-voc", "--samples", "2") != 0
    assert "photo-voc knows 20 labels that are not the 80 of coco2014" in capsys.readouterr().err


def test_asking_for_more_photos_than_are_understood_says_how_many_there_are(root, tmp_path, capsys):
    assert run(root, tmp_path / "out", "--model", "photo", "--samples", "40") != 0
    assert "ask for at most" in capsys.readouterr().err
