"""Every sample picture is there, is allowed to be there, and shows its model what it is said to show."""

import json
from functools import cache

from masw_core import MultiLabelModel, list_models, load_model
from masw_core.data.images import read_image, to_tensor
from masw_core.data.samples import FOLDER, Sample, list_samples, sample
from masw_core.models import ModelError

import pytest

EVERY = list_samples()
PHOTOS = tuple(one for one in EVERY if one.model == "photo")
SCENES = tuple(one for one in EVERY if one.model != "photo")
FREE = ("CC0", "Public domain", "CC BY", "Apache-2.0", "MIT")


@cache
def model_of(name: str) -> MultiLabelModel:
    try:
        return load_model(name)
    except ModelError as error:
        pytest.skip(str(error))


def test_there_are_photos_and_ids_are_unique() -> None:
    assert len(PHOTOS) >= 19
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
    assert one.model in {info.name for info in list_models()}
    assert any(name in one.licence for name in FREE)
    assert "BY-SA" not in one.licence
    assert one.source
    assert one.title
    assert one.alt.endswith(".")


def test_eight_real_photos_show_several_labels() -> None:
    assert sum(len(one.labels) >= 2 and "collage" not in one.title for one in PHOTOS) >= 8


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.id)
def test_its_labels_are_names_of_its_model(one: Sample) -> None:
    assert set(one.labels) <= set(model_of(one.model).labels)


@pytest.mark.parametrize("one", SCENES, ids=lambda one: one.id)
def test_the_model_ranks_the_labels_of_a_scene_first_and_finds_them_all(one: Sample) -> None:
    first, logits = ranked_first(one)
    assert set(first) == set(one.labels)
    assert min(logits) > 0


def test_the_model_sees_most_of_what_the_photos_show() -> None:
    """Photos keep their true labels where the tagger errs: it takes the chair for a refrigerator and misses ties."""
    seen = [set(ranked_first(one)[0]) & set(one.labels) for one in PHOTOS]
    right = sum(ranked_first(one)[0][0] in one.labels for one in PHOTOS)
    assert right >= 0.9 * len(PHOTOS)
    assert sum(map(len, seen)) >= 0.75 * sum(len(one.labels) for one in PHOTOS)


@cache
def ranked_first(one: Sample) -> tuple[list[str], list[float]]:
    """As many labels as the sample has, those that its model ranks first, and their logits."""
    model = model_of(one.model)
    first = model(to_tensor(read_image(one.file), model.input_size)[None])[0].topk(len(one.labels))
    return [model.labels[index] for index in first.indices.tolist()], first.values.tolist()
