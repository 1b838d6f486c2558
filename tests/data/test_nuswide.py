"""NUS-WIDE in the published layout and as the CSV of the asymmetric-loss work."""

from masw_core.data import DataError, load_dataset

import pytest

CONCEPTS = ("airport", "clouds", "sky")
TRAIN = {"actor\\0001_11.jpg": (0, 1, 1), "beach\\0002_22.jpg": (0, 0, 0), "beach\\0003_33.jpg": (1, 0, 0)}
TEST = {"zoo\\0004_44.jpg": (0, 0, 1), "zoo\\0005_55.jpg": (0, 1, 0)}


@pytest.fixture
def root(tmp_path, paint, write):
    """The published lists; picture 0005 is gone from Flickr."""
    write(tmp_path / "ConceptsList/Concepts81.txt", "\n".join(CONCEPTS) + "\n")
    for split, truth in (("Train", TRAIN), ("Test", TEST)):
        write(tmp_path / f"ImageList/{split}Imagelist.txt", "\r\n".join(truth) + "\r\n\r\n")
        for column, concept in enumerate(CONCEPTS):
            ticks = "\n".join(str(row[column]) for row in truth.values())
            write(tmp_path / f"Groundtruth/TrainTestLabels/Labels_{concept}_{split}.txt", ticks + "\n")
        for file in truth:
            paint(tmp_path / "Flickr" / file.replace("\\", "/"))
    (tmp_path / "Flickr/zoo/0005_55.jpg").unlink()
    return tmp_path


def rows(data):
    return {data.file(i).name: tuple(data.present(i).astype(int).tolist()) for i in range(len(data))}


def test_the_published_lists(root):
    train, test = load_dataset("nuswide", "train", root=root, size=16), load_dataset("nuswide", "test", root=root)
    assert train.labels == CONCEPTS
    assert rows(train) == {"0001_11.jpg": (0, 1, 1), "0003_33.jpg": (1, 0, 0)}
    assert rows(test) == {"0004_44.jpg": (0, 0, 1)}
    assert train[1][0].shape == (3, 16, 16)


def test_labels_of_all_images_are_cut_to_the_split_and_flat_folders_work(root, write):
    for file in (root / "Groundtruth/TrainTestLabels").iterdir():
        file.unlink()
    (root / "Groundtruth/TrainTestLabels").rmdir()
    everything = dict(reversed({**TRAIN, **TEST}.items()))
    write(root / "ImageList/Imagelist.txt", "\n".join(everything))
    for column, concept in enumerate(CONCEPTS):
        ticks = "\n".join(str(row[column]) for row in everything.values())
        write(root / f"Groundtruth/AllLabels/Labels_{concept}.txt", ticks)
    (root / "images").mkdir()
    for file in (root / "Flickr").rglob("*.jpg"):
        file.rename(root / "images" / file.name)
    for folder in (root / "Flickr").iterdir():
        folder.rmdir()
    (root / "Flickr").rmdir()
    assert rows(load_dataset("nuswide", "train", root=root)) == {"0001_11.jpg": (0, 1, 1), "0003_33.jpg": (1, 0, 0)}
    assert rows(load_dataset("nuswide", "test", root=root)) == {"0004_44.jpg": (0, 0, 1)}


@pytest.mark.parametrize("listed", ["images/{}", "{}", "./images/{}"])
def test_the_csv_form_decides_where_it_is_there(tmp_path, paint, write, listed):
    lines = [
        f"{listed.format('0_11.jpg')},\"['sky', 'clouds']\",train",
        f"{listed.format('0_22.jpg')},['airport'],val",
        f"{listed.format('0_33.jpg')},[],val",
        f"{listed.format('gone.jpg')},['sky'],val",
        "broken",
        f"{listed.format('0_44.jpg')},['sky'],val,too,many,fields",
        "",
    ]
    write(tmp_path / "nus_wid_data.csv", "filepath,label,split_name\n" + "\n".join(lines))
    for name in ("0_11", "0_22", "0_33"):
        paint(tmp_path / f"images/{name}.jpg")
    train, test = (load_dataset("nuswide", split, root=tmp_path) for split in ("train", "test"))
    assert train.labels == test.labels == CONCEPTS
    assert rows(train) == {"0_11.jpg": (0, 1, 1)}
    assert rows(test) == {"0_22.jpg": (1, 0, 0)}
    write(tmp_path / "Concepts81.txt", "sky\nairport\nclouds\n")
    assert load_dataset("nuswide", root=tmp_path).labels == ("sky", "airport", "clouds")


def test_what_is_missing_or_does_not_fit_is_named(root, write):
    write(root / "Groundtruth/TrainTestLabels/Labels_sky_Test.txt", "1\n0\n1\n")
    with pytest.raises(DataError, match=r"Labels_sky_Test\.txt cannot be used: it has 3 entries and the image list 2"):
        load_dataset("nuswide", "test", root=root)
    (root / "Groundtruth/TrainTestLabels/Labels_sky_Test.txt").unlink()
    with pytest.raises(DataError, match=r"lacks .*Labels_sky_Test\.txt; get it from https"):
        load_dataset("nuswide", "test", root=root)
    for file in (root / "Flickr").rglob("*.jpg"):
        file.unlink()
    with pytest.raises(DataError, match="holds none of the 3 pictures"):
        load_dataset("nuswide", "train", root=root)


def test_a_csv_with_other_columns_is_named(root, write):
    write(root / "nus_wid_data.csv", "a,b\n1,2\n")
    with pytest.raises(DataError, match=r"nus_wid_data\.csv cannot be used: it needs the columns filepath, label"):
        load_dataset("nuswide", root=root)
