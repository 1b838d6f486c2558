"""Open Images: positive image-level labels, the trainable classes, only what is on disk."""

from masw_core.data import DataError, load_dataset, openimages

import pytest

DESCRIPTIONS = '/m/01,Person\n/m/02,"Car, old ""banger"""\n/m/03,Bat\n/m/04,Bat\n/m/05,Unused\nnonsense\n/m/06,"stray\n'
IMAGES = ("00aa", "00bb", "00cc", "ffff")
LABELS = """ImageID,Source,LabelName,Confidence
00bb,verification,/m/02,1
00aa,verification,/m/01,1
00aa,verification,/m/03,0
00aa,crowdsource,/m/04,1.0
00aa,verification,/m/04,1
00cc,verification,/m/05,1
ffff,verification,/m/03,0
gone,verification,/m/01,1
zzzz,verification,/m/01,1
00bb,verification
00bb,verification,/m/02,1,extra,extra
00bb,verification,/m/03,maybe
,,,
"""


@pytest.fixture
def root(tmp_path, paint, write):
    write(tmp_path / "class-descriptions.csv", DESCRIPTIONS)
    write(tmp_path / "classes-trainable.txt", "/m/04\n/m/01\n/m/02\n/m/03\n\n")
    write(tmp_path / "validation-annotations-human-imagelabels.csv", LABELS)
    for image in IMAGES:
        paint(tmp_path / f"validation/{image}.jpg")
    return tmp_path


def rows(data):
    return {data.file(i).stem: tuple(data.present(i).astype(int).tolist()) for i in range(len(data))}


@pytest.mark.parametrize("chunk", [1, 3, 1000])
def test_positives_of_the_trainable_classes_on_disk(root, monkeypatch, chunk):
    monkeypatch.setattr(openimages, "CHUNK", chunk)
    data = load_dataset("openimages", "validation", root=root, size=16)
    assert data.labels == ("Bat (/m/04)", "Person", 'Car, old "banger"', "Bat (/m/03)")
    assert rows(data) == {"00aa": (1, 1, 0, 0), "00bb": (0, 0, 1, 0)}
    assert data[0][0].shape == (3, 16, 16)


def test_without_the_list_of_trainable_classes_every_described_class_counts(root, write):
    (root / "classes-trainable.txt").unlink()
    (root / "class-descriptions.csv").rename(root / "oidv6-class-descriptions.csv")
    write(root / "oidv6-class-descriptions.csv", "LabelName,DisplayName\n" + DESCRIPTIONS)
    data = load_dataset("openimages", "validation", root=root)
    assert len(data.labels) == 6
    assert rows(data)["00cc"] == (0, 0, 0, 0, 1, 0)


def test_what_is_missing_or_broken_is_named(root, write):
    with pytest.raises(DataError, match=r"lacks .*/test-annotations-human-imagelabels\.csv; get it from https"):
        load_dataset("openimages", root=root)
    (root / "validation/00aa.jpg").write_bytes(b"")
    with pytest.raises(DataError, match=r"00aa\.jpg: the file is empty"):
        load_dataset("openimages", "validation", root=root)[0]
    write(root / "validation-annotations-human-imagelabels.csv", "a,b\n1,2\n")
    with pytest.raises(DataError, match=r"imagelabels\.csv cannot be used: it needs the columns ImageID"):
        load_dataset("openimages", "validation", root=root)
    write(root / "class-descriptions.csv", "nothing here\n")
    with pytest.raises(DataError, match=r"class-descriptions\.csv cannot be used"):
        load_dataset("openimages", "validation", root=root)


def test_an_empty_folder_is_named(root):
    for file in (root / "validation").iterdir():
        file.unlink()
    with pytest.raises(DataError, match=r"validation cannot be used: it holds no <ImageID>\.jpg"):
        load_dataset("openimages", "validation", root=root)
