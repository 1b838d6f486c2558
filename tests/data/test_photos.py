"""The sample photos as a data set."""

from masw_core import load_dataset
from masw_core.data import DataError
from masw_core.data.samples import list_samples

import pytest


def test_every_sample_photo_with_its_labels():
    data = load_dataset("photos", size=64)
    photos = [sample for sample in list_samples() if sample.model == "photo"]
    assert len(data) == len(photos) == 19
    for index, sample in enumerate(photos):
        image, present = data[index]
        assert image.shape == (3, 64, 64)
        assert float(image.abs().max()) <= 1
        assert {data.labels[j] for j in present.nonzero().flatten().tolist()} == set(sample.labels)
        assert present.tolist() == data.present(index).tolist()


def test_wrong_requests_are_one_sentence():
    with pytest.raises(DataError, match="one split, samples"):
        load_dataset("photos", "train")
    with pytest.raises(DataError, match="comes with the project"):
        load_dataset("photos", root="/tmp")
