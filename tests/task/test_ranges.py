"""The two ranges of images: there and back, differences of images, and what is neither."""

import re
from types import SimpleNamespace

from masw_core.task.ranges import (
    SIGNED,
    UNIT,
    change_from_signed,
    change_to_signed,
    checked_range,
    from_signed,
    is_signed,
    range_of,
    to_signed,
)

import pytest
import torch

both = pytest.mark.parametrize("given", [SIGNED, UNIT])


@both
def test_the_ends_of_a_range_are_the_ends_of_minus_one_to_one(given):
    assert to_signed(torch.tensor(given), given).tolist() == [-1, 1]
    assert from_signed(torch.tensor([-1.0, 0.0, 1.0]), given).tolist() == [given[0], sum(given) / 2, given[1]]


@both
def test_there_and_back_is_where_it_was(given):
    images = torch.rand(5, 7, generator=torch.Generator().manual_seed(0)).double()
    torch.testing.assert_close(from_signed(to_signed(images, given), given), images)
    torch.testing.assert_close(change_from_signed(change_to_signed(images, given), given), images)


@both
def test_a_change_is_the_difference_of_two_images(given):
    one, other = torch.rand(2, 5, 7, generator=torch.Generator().manual_seed(0)).double()
    difference = to_signed(other, given) - to_signed(one, given)
    torch.testing.assert_close(change_to_signed(other - one, given), difference)
    torch.testing.assert_close(change_from_signed(difference, given), other - one)


def test_images_in_minus_one_to_one_stay_what_they_are():
    images = torch.rand(2, 3)
    for change in (to_signed, from_signed, change_to_signed, change_from_signed):
        assert change(images, SIGNED) is images


def test_a_model_that_says_nothing_takes_signed_images():
    assert range_of(SimpleNamespace()) == SIGNED
    assert range_of(SimpleNamespace(input_range=[0, 1])) == UNIT
    assert is_signed([-1, 1])
    assert not is_signed((0, 1))


@pytest.mark.parametrize("wrong", [(0, 255), (1, 0), (-1, 0), (0, 1, 2), "01x", 3, None])
def test_another_range_gets_one_sentence_that_names_it(wrong):
    sentence = f"input_range = {wrong!r} is not supported: choose (-1, 1), or (0, 1) for images in [0, 1]."
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        checked_range(wrong)
