"""VOC 2012 in its official layout: labels from the lists or the annotations, difficult objects disregarded."""

from masw_core.data import DataError, load_dataset
from masw_core.models.voc import VOC_LABELS

import pytest

TRUTH = {"2008_000001": {"dog": "1"}, "2008_000002": {"person": "1", "car": "0"}, "2008_000003": {"car": "0"}}
OBJECT = "<object><name>{}</name><difficult>{}</difficult><part><name>head</name></part></object>"


@pytest.fixture
def home(tmp_path, paint, write):
    """VOCdevkit with three validation images; the last has a difficult car and nothing else."""
    home = tmp_path / "VOCdevkit" / "VOC2012"
    write(home / "ImageSets/Main/val.txt", "\n".join(TRUTH) + "\n\n")
    for image in TRUTH:
        paint(home / f"JPEGImages/{image}.jpg")
    return home


@pytest.fixture
def lists(home, write):
    for label in VOC_LABELS:
        lines = [f"{image} {truth.get(label, '-1'):>2}" for image, truth in TRUTH.items()]
        write(home / f"ImageSets/Main/{label}_val.txt", "\n".join(lines))


@pytest.fixture
def annotations(home, write):
    for image, truth in TRUTH.items():
        objects = "".join(OBJECT.format(label, 1 - int(state)) for label, state in truth.items())
        write(home / f"Annotations/{image}.xml", f"<annotation>{objects}</annotation>")


def names(data, index):
    return {label for label, there in zip(data.labels, data.present(index), strict=True) if there}


@pytest.mark.parametrize("form", ["lists", "annotations"])
@pytest.mark.parametrize("root", ["", "VOCdevkit", "VOCdevkit/VOC2012"])
def test_both_forms_give_the_same_labels_from_any_root(form, root, tmp_path, request):
    request.getfixturevalue(form)
    data = load_dataset("voc2012", "val", root=tmp_path / root, size=32)
    assert data.labels == VOC_LABELS
    assert [data.file(i).stem for i in range(len(data))] == ["2008_000001", "2008_000002"]
    assert [names(data, i) for i in range(len(data))] == [{"dog"}, {"person"}]
    image, labels = data[1]
    assert image.shape == (3, 32, 32)
    assert labels.tolist() == data.present(1).tolist()


def test_odd_lines_are_passed_over(home, lists, tmp_path, write):
    text = "\n2008_000001\n2008_000001 1 1\nunknown 1\n\t2008_000002\t 1\n2008_000003 x\n"
    write(home / "ImageSets/Main/sofa_val.txt", text)
    data = load_dataset("voc2012", root=tmp_path)
    assert [names(data, i) for i in range(len(data))] == [{"dog"}, {"person", "sofa"}]


def test_what_is_missing_or_broken_is_named(home, lists, tmp_path, write):
    with pytest.raises(DataError, match=r"VOC2012/ImageSets/Main/train\.txt; get it from http"):
        load_dataset("voc2012", "train", root=tmp_path)
    (home / "ImageSets/Main/cow_val.txt").unlink()
    with pytest.raises(DataError, match=r"lacks .*cow_val\.txt; get it from http"):
        load_dataset("voc2012", "val", root=tmp_path)


def test_a_broken_annotation_is_named(home, annotations, tmp_path, write):
    write(home / "Annotations/2008_000002.xml", "<annotation><object>")
    with pytest.raises(DataError, match=r"2008_000002\.xml cannot be used: it is no annotation in XML"):
        load_dataset("voc2012", "val", root=tmp_path)
    (home / "Annotations/2008_000002.xml").unlink()
    with pytest.raises(DataError, match=r"lacks .*2008_000002\.xml"):
        load_dataset("voc2012", "val", root=tmp_path)


def test_a_missing_picture_is_named_when_it_is_asked_for(home, lists, tmp_path):
    (home / "JPEGImages/2008_000001.jpg").unlink()
    data = load_dataset("voc2012", "val", root=tmp_path)
    with pytest.raises(DataError, match=r"JPEGImages/2008_000001\.jpg"):
        data[0]
