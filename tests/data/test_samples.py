"""Every sample picture is there, is allowed to be there, and shows its model what it is said to show."""

import json
from functools import cache

from masw_core import MultiLabelModel, list_models, load_model
from masw_core.data.images import read_image, to_tensor
from masw_core.data.samples import FOLDER, Sample, list_samples, sample
from masw_core.models import VOC_LABELS, ModelError

import pytest

EVERY = list_samples()
FREE = ("CC0", "Public domain", "CC BY", "Apache-2.0", "MIT")


@cache
def model_of(name: str) -> MultiLabelModel:
    try:
        return load_model(name)
    except ModelError as error:
        pytest.skip(str(error))


def test_there_are_photos_and_ids_are_unique() -> None:
    assert sum(one.model == "photo" for one in EVERY) >= 4
    assert len({one.id for one in EVERY}) == len(EVERY)
    assert sample(EVERY[0].id) is EVERY[0]


def test_an_unknown_id_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="photo-chelsea"):
        sample("lena")


def test_no_picture_lies_about_without_a_row() -> None:
    pictures = {path.name for path in FOLDER.iterdir() if path.suffix != ".json"}
    assert pictures == {one.file.name for one in EVERY}
    for table in FOLDER.glob("*.json"):
        assert json.loads(table.read_text(encoding="utf-8"))


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.id)
def test_a_sample_is_readable_small_licensed_and_described(one: Sample) -> None:
    assert one.file.stat().st_size < 150_000
    picture = read_image(one.file)
    assert max(picture.size) <= 640
    assert one.labels
    assert set(one.labels) <= set(VOC_LABELS)
    assert one.model in {info.name for info in list_models()}
    assert any(name in one.licence for name in FREE)
    assert one.source
    assert one.title
    assert one.alt.endswith(".")


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.id)
def test_its_model_ranks_the_true_labels_first_and_finds_them_all(one: Sample) -> None:
    model = model_of(one.model)
    logits = model(to_tensor(read_image(one.file), model.input_size)[None])[0]
    first = logits.topk(len(one.labels)).indices.tolist()
    assert {model.labels[index] for index in first} == set(one.labels)
    assert (logits[first] > 0).all()
