"""Where a label is seen: the warm place is the right one, and so are the words."""

from __future__ import annotations

from io import BytesIO

from masw_core.data.images import read_image, to_tensor
from masw_core.data.samples import list_samples
from masw_core.models import MultiLabelModel, load_model
from masw_core.models.scene_network import log_mean_exp
from masw_core.views.seen import heat, in_words, winner

import numpy as np
import pytest
import torch
from PIL import Image


def painted(image, logits):
    return np.asarray(Image.open(BytesIO(heat(image, logits))), dtype=float)


def test_the_picture_is_warm_where_the_label_is_seen_and_grey_elsewhere():
    logits = np.full((4, 6), -9.0)
    logits[1, 4] = 6.0
    picture = painted(np.zeros((3, 64, 96), np.float32), logits)
    assert picture.shape == (320, 480, 3)
    red, blue = picture[..., 0], picture[..., 2]
    warm = red - blue > 60
    down, right = np.argwhere(warm).mean(axis=0) / (320, 480)
    assert (down, right) == pytest.approx(winner(logits), abs=0.03)
    assert winner(logits) == (0.375, 0.75)
    assert warm.mean() < 0.15
    assert (picture[:100, :100].std(axis=2) < 2).all()


def test_a_position_of_a_coarser_scale_wins_in_its_middle():
    logits = np.full((8, 8), -3.0)
    logits[4:8, 0:4] = 1.0
    assert winner(logits) == (0.75, 0.25)


def test_colours_mean_the_same_in_every_picture():
    strong, weak = np.full((2, 2), 3.0), np.full((2, 2), -3.0)
    grey = np.zeros((3, 32, 32), np.float32)
    assert painted(grey, strong)[10, 10, 0] - painted(grey, strong)[10, 10, 2] > 100
    assert painted(grey, weak)[10, 10, 0] - painted(grey, weak)[10, 10, 2] < 30


@pytest.mark.parametrize(
    ("at", "words"),
    [((0, 0), "at the top left"), ((1, 1), "in the middle"), ((1, 2), "on the right"), ((2, 1), "at the bottom,")],
)
def test_words_name_the_place(at, words):
    logits = np.full((3, 3), -4.0)
    logits[at] = 2.0
    assert words in in_words("dog", logits)
    assert "dog is seen most" in in_words("dog", logits)
    assert "nowhere with 0.5 or more" in in_words("dog", logits - 5)


def test_a_model_that_pools_first_cannot_say():
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(48, 2))
    assert MultiLabelModel(module, ("a", "b"), (4, 4)).seen_at(torch.zeros(1, 3, 4, 4)) is None


@pytest.fixture(scope="module")
def scene():
    sample = next(sample for sample in list_samples() if sample.model.startswith("scenes"))
    model = load_model(sample.model)
    return model, to_tensor(read_image(sample.file.read_bytes()), model.input_size)[None]


def test_the_positions_of_a_scene_pool_to_its_logits(scene):
    model, x = scene
    with torch.inference_mode():
        seen = model.seen_at(x)
        torch.testing.assert_close(log_mean_exp(seen), model(x))
    assert seen.shape == (1, 20, 4, 4)


def test_covering_the_winning_position_costs_more_than_covering_the_others(scene):
    model, x = scene
    with torch.inference_mode():
        scores, seen = model(x)[0], model.seen_at(x)[0]
        label = int(scores.argmax())
        left = {}
        for row in range(4):
            for column in range(4):
                covered = x.clone()
                covered[:, :, row * 32 : row * 32 + 32, column * 32 : column * 32 + 32] = 0
                left[row, column] = float(model(covered)[0, label])
    down, right = winner(seen[label].numpy())
    worst = sorted(left, key=left.__getitem__)[:3]
    assert (int(down * 4), int(right * 4)) in worst
    assert left[worst[0]] < scores[label] - 1


def test_an_image_of_another_size_is_refused(scene):
    with pytest.raises(ValueError, match=r"takes images of shape \(B, 3, 128, 128\)"):
        scene[0].seen_at(torch.zeros(1, 3, 64, 64))
