"""The embedded scene networks: shape, pooling, and weights that are as good as their card says."""

import json
import pickle

from masw_core.data import load_dataset
from masw_core.data.images import read_image, to_tensor
from masw_core.models.scene_network import log_mean_exp, scene_network
from masw_core.models.scenes import SCENE_MODELS, WEIGHTS_FOLDER, build_scenes, scenes_module
from masw_core.models.voc import VOC_LABELS
from masw_core.training.quality import logits_of, quality
from masw_core.training.rendered import as_images, render
from masw_core.training.scenes import one_step_against

import pytest
import torch

SAMPLES = WEIGHTS_FOLDER.parent / "samples"


@pytest.fixture(scope="module")
def some_scenes():
    return render("test", 200, processes=1)


def test_about_one_and_a_half_million_parameters():
    assert 1.4e6 < sum(p.numel() for p in scene_network().parameters()) < 1.7e6


def test_pooling_is_the_log_of_the_mean_of_exp():
    scores = torch.randn(3, 5, 4, 4, dtype=torch.float64)
    torch.testing.assert_close(log_mean_exp(scores), scores.exp().mean((2, 3)).log())


def test_pooling_survives_huge_scores_and_has_the_softmax_as_gradient():
    scores = torch.tensor([[[[3e4, 0.0], [1.0, 2.0]]]], requires_grad=True)
    log_mean_exp(scores).sum().backward()
    torch.testing.assert_close(scores.grad, scores.detach().flatten().softmax(0).view_as(scores))


def test_the_network_can_be_traced_and_vmapped():
    network = scene_network().eval()
    images = torch.rand(3, 3, 64, 64) * 2 - 1
    expected = network(images)
    torch.testing.assert_close(torch.fx.symbolic_trace(network)(images), expected)
    one_by_one = torch.func.vmap(lambda image: network(image[None])[0])(images)
    torch.testing.assert_close(one_by_one, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", SCENE_MODELS)
def test_weights_load_without_pickle_in_single_precision(name, monkeypatch):
    def refuse(*_args, **_settings):
        raise AssertionError("pickle was used")

    monkeypatch.setattr(pickle, "Unpickler", refuse)
    monkeypatch.setattr(torch, "load", refuse)
    network, _ = scenes_module(name)
    assert not network.training
    assert {p.dtype for p in network.parameters()} == {torch.float32}


@pytest.mark.parametrize("name", SCENE_MODELS)
def test_the_card_in_the_weights_is_the_card_beside_them(name):
    _, card = scenes_module(name)
    assert card == json.loads((WEIGHTS_FOLDER / f"{name}.json").read_text())
    assert card["labels"] == list(VOC_LABELS)
    assert card["results"]["test"]["mAP"] >= 96
    assert set(card["results"]["test"]["AP"]) == set(VOC_LABELS)


@pytest.mark.parametrize("name", SCENE_MODELS)
def test_weights_are_as_good_as_their_card_says(name, some_scenes):
    network, card = scenes_module(name)
    measured = quality(logits_of(network, some_scenes), some_scenes.labels, VOC_LABELS)
    recorded = card["results"]["test"]
    assert measured["mAP"] == pytest.approx(recorded["mAP"], abs=2.5)
    assert measured["F1"] == pytest.approx(recorded["F1"], abs=3)
    assert measured["exactly_right"] == pytest.approx(recorded["exactly_right"], abs=10)


def test_the_robust_network_loses_less_to_one_step(some_scenes):
    images = as_images(some_scenes.pixels[:100])
    truth = torch.from_numpy(some_scenes.labels[:100])
    lengths = torch.full((100,), 2.0)
    right = {}
    for name in SCENE_MODELS:
        network, _ = scenes_module(name)
        moved = one_step_against(network, images, truth.float(), lengths)
        right[name] = ((network(moved) > 0) == truth).all(1).float().mean().item()
    assert right["scenes-robust"] > right["scenes"] + 0.1


@pytest.mark.parametrize("name", SCENE_MODELS)
def test_the_sample_scenes_are_tagged_right(name):
    samples = json.loads((SAMPLES / "scenes.json").read_text())
    assert 10 <= len(samples) <= 12
    model = build_scenes(name)
    for sample in samples:
        image = to_tensor(read_image(SAMPLES / sample["file"]), model.input_size)
        tags = [label for label, score in zip(VOC_LABELS, model(image[None])[0], strict=True) if score > 0]
        assert tags == sample["labels"], sample["file"]
        assert 2 <= len(tags) <= 4


def test_build_scenes_takes_images_of_the_data_set():
    image, labels = load_dataset("scenes", split="tune")[0]
    model = build_scenes("scenes")
    assert model.labels == load_dataset("scenes", split="tune").labels
    assert model.input_size == (128, 128)
    assert model(image[None]).shape == (1, len(labels))


def test_other_names_are_refused():
    with pytest.raises(ValueError, match="scene"):
        scenes_module("photo")
