"""Training of the scene networks: a few scenes are enough to see that it learns and writes what it should."""

import json

from masw_core.models.scene_network import scene_network
from masw_core.training import Progress, train_scenes
from masw_core.training.export import load_weights
from masw_core.training.quality import average_precision
from masw_core.training.scenes import augment, one_step_against

import numpy as np
import pytest
import torch


def test_training_lowers_the_loss_and_writes_weights_and_card(tmp_path):
    heard: list[Progress] = []
    card = train_scenes(robust=False, out=tmp_path, epochs=3, scenes=64, progress=heard.append)
    assert heard[-1].loss < heard[0].loss
    assert heard[-1].fraction == 1
    assert card == json.loads((tmp_path / "scenes.json").read_text())
    weights = load_weights(tmp_path / "scenes.safetensors")
    network = scene_network()
    network.load_state_dict(weights)
    again = train_scenes(robust=True, out=tmp_path, epochs=1, scenes=32)
    assert again["name"] == "scenes-robust"
    assert (tmp_path / "scenes-robust.safetensors").exists()


def test_robust_training_needs_weights_to_start_from(tmp_path):
    with pytest.raises(FileNotFoundError, match="train scenes first"):
        train_scenes(robust=True, out=tmp_path, epochs=1, scenes=8)


def test_one_step_raises_the_loss_and_keeps_length_and_box():
    torch.manual_seed(0)
    network = scene_network().eval()
    images = (torch.rand(4, 3, 64, 64) - 0.5).clamp(-1, 1)
    labels = (torch.rand(4, 20) < 0.2).float()
    lengths = torch.tensor([0.0, 0.5, 1.0, 2.5])
    moved = one_step_against(network, images, labels, lengths)
    torch.testing.assert_close((moved - images).flatten(1).norm(dim=1), lengths, rtol=1e-3, atol=1e-4)
    assert moved.abs().max() <= 1
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    before = loss(network(images), labels, reduction="none").sum(1)
    after = loss(network(moved), labels, reduction="none").sum(1)
    assert (after[1:] > before[1:]).all()


def test_augmentation_keeps_shape_and_box_and_depends_only_on_its_generator():
    pixels = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    first = augment(pixels, np.random.default_rng(1))
    assert first.shape == (3, 3, 32, 32)
    assert first.abs().max() <= 1
    torch.testing.assert_close(first, augment(pixels, np.random.default_rng(1)))


def test_average_precision_of_known_rankings():
    present = np.array([True, False, True, False])
    assert average_precision(np.array([4.0, 3.0, 2.0, 1.0]), present) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(np.array([4.0, 1.0, 3.0, 2.0]), present) == 1
    assert np.isnan(average_precision(np.array([1.0, 2.0]), np.array([False, False])))
