"""The embedded scenes: pure functions of (split, index), true to their labels, honest about held-out icons."""

import hashlib
import json
import os
import subprocess
import sys
from itertools import combinations
from pathlib import Path

from masw_core.data import list_datasets, load_dataset
from masw_core.data.atlas import ATLAS_FOLDER, load_atlas
from masw_core.data.scene_painting import BACKGROUNDS, Scene, paint
from masw_core.data.scenes import LARGEST_OVERLAP, SPLITS, SceneDataset, overlap
from masw_core.models.voc import VOC_LABELS

import numpy as np
import pytest
import torch

ROOT = Path(__file__).parents[2]
DIGESTS = """
import hashlib
from masw_core.data.scenes import SPLITS, SceneDataset
for split in SPLITS:
    for index in (7, 3):
        pixels, present = SceneDataset(split).pixels(index)
        print(hashlib.sha256(pixels.tobytes() + present.tobytes()).hexdigest())
"""


def plans(split: str, count: int = 250) -> list[Scene]:
    dataset = SceneDataset(split)
    return [dataset.plan(index) for index in range(count)]


def test_items_are_images_in_the_box_and_multi_hot_labels():
    dataset = load_dataset("scenes", split="train")
    image, labels = dataset[0]
    assert len(dataset) == 24_000
    assert dataset.labels == VOC_LABELS
    assert image.shape == (3, 128, 128)
    assert image.dtype == torch.float32
    assert -1 <= image.min() < image.max() <= 1
    assert labels.shape == (20,)
    assert labels.dtype == torch.bool
    assert labels.any()


def test_scenes_are_the_same_in_every_process_and_any_order():
    here = []
    for split in SPLITS:
        dataset = SceneDataset(split)
        for index in (7, 3):
            pixels, present = dataset.pixels(index)
            here.append(hashlib.sha256(pixels.tobytes() + present.tobytes()).hexdigest())
    np.random.seed(5)  # noqa: NPY002 (the global state must not matter)
    environment = {**os.environ, "PYTHONHASHSEED": "77"}
    done = subprocess.run(
        [sys.executable, "-c", DIGESTS], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == here


def test_splits_share_no_scene():
    digests = [
        {hashlib.sha256(SceneDataset(split).pixels(index)[0].tobytes()).digest() for index in range(20)}
        for split in SPLITS
    ]
    assert all(len(found) == 20 for found in digests)
    assert all(not first & second for first, second in combinations(digests, 2))


@pytest.mark.parametrize("split", SPLITS)
def test_held_out_icons_are_in_unseen_and_nowhere_else(split):
    shown = [placed.icon for scene in plans(split) for placed in (*scene.objects, *scene.distractors)]
    assert {icon.held_out for icon in shown} == {split == "unseen"}


def test_every_label_has_icons_on_both_sides_of_the_hold_out():
    for held_out in (False, True):
        shown = {label for icon in load_atlas() if icon.held_out == held_out for label in icon.labels}
        assert shown == set(VOC_LABELS)


def test_labels_are_those_of_the_placed_objects():
    dataset = SceneDataset("test")
    for index in range(20):
        scene = dataset.plan(index)
        _, labels = dataset[index]
        truth = {label for placed in scene.objects for label in placed.icon.labels}
        assert {VOC_LABELS[i] for i in labels.nonzero().flatten().tolist()} == truth
        assert not any(placed.icon.labels for placed in scene.distractors)


def test_every_object_can_be_seen():
    for scene in plans("test", 12):
        whole = np.asarray(paint(scene)).astype(int)
        for position, placed in enumerate(scene.objects):
            others = scene.objects[:position] + scene.objects[position + 1 :]
            without = np.asarray(paint(Scene(**{**vars(scene), "objects": others}))).astype(int)
            changed = (np.abs(whole - without).max(2) > 12).mean()
            left, top, right, bottom = placed.box()
            assert changed > 0.1 * (right - left) * (bottom - top)


def test_scenes_hold_one_to_four_objects_that_hardly_overlap():
    scenes = plans("tune")
    assert {len(scene.objects) for scene in scenes} == {1, 2, 3, 4}
    assert np.mean([len(scene.labels) for scene in scenes]) == pytest.approx(2.5, abs=0.2)
    for scene in scenes:
        placed = (*scene.objects, *scene.distractors)
        assert all(overlap(a, b) <= LARGEST_OVERLAP for a, b in combinations(placed, 2))
        assert len(scene.distractors) <= 2


def test_people_are_not_more_than_twice_as_frequent_as_the_average_label():
    scenes = plans("tune")
    counts = {label: sum(label in scene.labels for scene in scenes) for label in VOC_LABELS}
    assert min(counts.values()) > 0
    assert counts["person"] < 2 * np.mean(list(counts.values()))


def test_all_eight_backgrounds_occur():
    assert len(BACKGROUNDS) == 8
    assert {scene.background for scene in plans("tune")} == set(BACKGROUNDS)


def test_a_larger_canvas_shows_the_same_scene():
    scene = SceneDataset("test").plan(2)
    small = np.asarray(paint(scene).resize((40, 40))).astype(int)
    large = np.asarray(paint(scene, 320).resize((40, 40))).astype(int)
    assert np.abs(small - large).mean() < 6


def test_other_sizes():
    image, _ = load_dataset("scenes", split="test", size=64)[0]
    assert image.shape == (3, 64, 64)


def test_licences_name_every_set_and_the_atlas_holds_every_drawing_of_ours():
    entries = json.loads((ATLAS_FOLDER / "atlas.json").read_text())["icons"]
    licences = (ATLAS_FOLDER / "LICENSES.md").read_text()
    assert all(f"`{source}`" in licences for source in {entry["set"] for entry in entries})
    own = {entry["name"] for entry in entries if entry["set"] == "own"}
    assert own == {drawing.stem for drawing in (ATLAS_FOLDER / "own").glob("*.svg")}


@pytest.mark.parametrize(("name", "split"), [("scene", "test"), ("scenes", "validation")])
def test_unknown_names_are_refused_in_one_sentence(name, split):
    with pytest.raises(ValueError, match=name if name == "scene" else split):
        load_dataset(name, split=split)


def test_an_index_past_the_end_is_refused():
    with pytest.raises(IndexError, match="0 to 1999"):
        load_dataset("scenes", split="test")[2000]


def test_the_list_of_data_sets_names_the_scenes():
    assert "scenes" in {info.name for info in list_datasets()}
