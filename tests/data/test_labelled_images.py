"""What the four photo data sets share: items, laziness, compact labels, one sentence for what is missing."""

import pickle

from masw_core.data import DataError, dataset_info, list_datasets, load_dataset
from masw_core.data.labelled_images import LabelledImages
from masw_core.data.locate import Source, picture_files

import numpy as np
import pytest
import torch
from PIL import Image

SOURCE = Source("mine", "My photos", "https://example.org")
PHOTO_SETS = [info.name for info in list_datasets() if info.needs_root]


def opened(folder, files=("a.jpg", "b.jpg", "c.jpg"), pairs=((0, 1), (2, 0), (2, 2), (2, 2)), size=16):
    rows, columns = np.array(pairs).reshape(-1, 2).T
    return LabelledImages(SOURCE, "test", ["x", "y", "z"], folder, list(files), rows, columns, size)


def test_items_are_pictures_in_the_box_with_their_labels(tmp_path, paint):
    paint(tmp_path / "a.jpg", 255)
    paint(tmp_path / "c.jpg", 0)
    data = opened(tmp_path)
    assert len(data) == 2  # b has no label
    image, present = data[0]
    assert image.shape == (3, 16, 16)
    assert image.dtype == torch.float32
    assert present.dtype == torch.bool
    assert present.tolist() == [False, True, False]
    torch.testing.assert_close(image, torch.ones(3, 16, 16))
    image, present = data[1]
    torch.testing.assert_close(image, -torch.ones(3, 16, 16))
    assert present.tolist() == [True, False, True]
    assert data.present(1).tolist() == present.tolist()


def test_the_whole_picture_stays_in_view(tmp_path):
    """A wide picture with a white right edge: cropping would lose it."""
    pixels = np.zeros((40, 160, 3), dtype=np.uint8)
    pixels[:, 140:] = 255
    Image.fromarray(pixels).save(tmp_path / "a.png")
    image, _ = opened(tmp_path, files=["a.png"], pairs=[(0, 0)], size=32)[0]
    assert image[0, :, 0].max() == -1
    assert image[0, :, -1].min() == 1
    assert opened(tmp_path, files=["a.png"], pairs=[(0, 0)], size=None)[0][0].shape == (3, 224, 224)


def test_nothing_is_read_before_it_is_asked_for_and_broken_pictures_are_named(tmp_path, paint):
    paint(tmp_path / "a.jpg")
    whole = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "c.jpg").write_bytes(whole[: len(whole) // 2])
    data = opened(tmp_path)
    with pytest.raises(DataError, match=r"c\.jpg: the picture is damaged"):
        data[1]
    (tmp_path / "c.jpg").unlink()
    with pytest.raises(DataError, match=r"c\.jpg: there is no file"):
        data[1]
    with pytest.raises(IndexError, match="0 to 1"):
        data[2]


def test_labels_are_compact_and_survive_the_trip_to_a_worker(tmp_path):
    count = 20_000
    rng = np.random.default_rng(0)
    rows, columns = rng.integers(0, count, 60_000), rng.integers(0, 9_605, 60_000)
    labels = [str(label) for label in range(9_605)]
    data = LabelledImages(SOURCE, "test", labels, tmp_path, [f"{i:016x}.jpg" for i in range(count)], rows, columns)
    again = pickle.loads(pickle.dumps(data))
    assert len(pickle.dumps(data)) < 1_500_000  # a dense matrix would have 192 MB
    row = int(again.file(7).stem, 16)
    assert set(np.flatnonzero(again.present(7))) == set(columns[rows == row])


def test_impossible_sizes_and_empty_sets_are_refused(tmp_path):
    with pytest.raises(DataError, match="size = 0"):
        opened(tmp_path, size=0)
    with pytest.raises(DataError, match="no image of the split 'test' of My photos"):
        opened(tmp_path, pairs=())


def test_pictures_are_found_by_path_and_by_name(tmp_path, paint):
    for name in ("a/1.jpg", "b/1.jpg", "b/2.JPG", "notes.txt"):
        paint(tmp_path / name)
    places = picture_files(tmp_path)
    assert places["a/1.jpg"] == "a/1.jpg"
    assert places["b/1.jpg"] == "b/1.jpg"
    assert places["2.JPG"] == "b/2.JPG"
    assert "notes.txt" not in places


@pytest.mark.parametrize("name", PHOTO_SETS)
def test_a_missing_root_and_an_unknown_split_are_one_sentence(name, tmp_path):
    with pytest.raises(DataError, match=r"needs root= .* from http"):
        load_dataset(name)
    with pytest.raises(DataError, match=r"there is no folder .* available from http"):
        load_dataset(name, root=tmp_path / "nowhere")
    with pytest.raises(DataError, match=rf"{name} has the splits train, .* not 'holiday'"):
        load_dataset(name, "holiday", root=tmp_path)
    with pytest.raises(DataError, match=r"lacks .*; get it from http"):
        load_dataset(name, root=tmp_path)


def test_rows_say_where_attacks_are_judged():
    assert PHOTO_SETS == ["voc2012", "coco2014", "nuswide", "openimages"]
    for info in list_datasets():
        assert info.evaluation_split in info.splits
        assert ("train" in info.splits) == (info.name != "photos")  # the samples are too few to train on
    assert load_dataset("scenes").split == dataset_info("scenes").evaluation_split == "test"


def test_the_scenes_take_no_root(tmp_path):
    with pytest.raises(DataError, match="leave root out"):
        load_dataset("scenes", root=tmp_path)
