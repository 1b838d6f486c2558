"""Training, keeping and applying generators, on the small float64 tagger and on a small convolutional one."""

from __future__ import annotations

import json
from dataclasses import replace

from masw_core import MultiLabelModel, load_attack, make_goal, run
from masw_core.benchmark.generators import measure
from masw_core.generative import METHODS, Generator, Recipe, load_generator, store, train_generator
from masw_core.generative.network import PerturbationNetwork
from masw_core.task.geometry import l2_norm

import pytest
import torch
from generators import attack_for, tiny_generator, tiny_images

SMALL = Recipe(epochs=1, batch=8)


class Convolutional(torch.nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.map, self.deep, self.out = torch.nn.Conv2d(3, 8, 3, 2), torch.nn.Conv2d(8, 8, 1), torch.nn.Linear(8, 5)

    def forward(self, x):
        return self.out(self.deep(self.map(x).relu()).relu().mean((2, 3)))


class LettersEncoder:
    """A real, if useless, text-image encoder: letter counts of texts, colour means of images."""

    name = "letters"

    def texts(self, prompts):
        counts = [[prompt.count(letter) for letter in "abcdef"] for prompt in prompts]
        return torch.nn.functional.normalize(torch.tensor(counts, dtype=torch.float64) + 0.1, dim=1)

    def images(self, images):
        return torch.nn.functional.normalize(torch.cat([images.mean((2, 3)), images.amax((2, 3))], 1), dim=1)


@pytest.mark.parametrize("method", METHODS)
def test_training_lowers_its_loss_and_beats_noise(method, tagger, images, true):
    generator = tiny_generator(method)
    assert generator.card["loss"]["trained"] < generator.card["loss"]["untrained"]
    limits = measure(generator, tagger, images, true, k=2)["limits"]
    for rows in limits.values():
        generated, noise = rows["generator"], rows["noise"]
        assert generated["sasr"] + generated["lfr"] > noise["sasr"] + noise["lfr"]
        assert noise["norm"] == pytest.approx(generated["norm"], abs=0.2)  # the box clips noise
    assert limits["bound"]["generator"]["norm"] <= 0.25 * 108**0.5


def test_the_default_is_the_bound_alone_and_the_ball_is_what_the_model_recommends(tagger, true):
    goal = make_goal("untargeted", true, 2)
    tagger.recommended_tau = {"untargeted": 0.5}
    assert attack_for("gama").prepared(tagger, goal).tau == float("inf")
    assert attack_for("gama", "ball").prepared(tagger, goal).tau == 0.5
    assert json.dumps(attack_for("gama").config(), allow_nan=False)
    assert attack_for("gama").config()["tau"] == "inf"


@pytest.mark.parametrize("method", METHODS)
def test_same_seed_same_weights_and_the_model_and_the_global_seed_are_left_alone(method, tagger):
    before = [parameter.clone() for parameter in tagger.parameters()]
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    recipes = [replace(SMALL, seed=seed) for seed in (1, 1, 2)]
    first, again, other = (train_generator(method, tagger, tiny_images(16), recipe) for recipe in recipes)
    assert first.digest == again.digest != other.digest
    assert torch.equal(torch.rand(1), expected)
    assert all(torch.equal(one, two) for one, two in zip(before, tagger.parameters(), strict=True))
    assert all(parameter.requires_grad and parameter.grad is None for parameter in tagger.parameters())


def test_training_alters_no_picture(tagger):
    pictures = tiny_images(16)
    before = pictures.clone()
    train_generator("gama", tagger, pictures, SMALL)
    assert torch.equal(pictures, before)


def test_local_patches_take_part_where_there_is_a_map():
    model, pixels = Convolutional(), (torch.rand(16, 3, 12, 12) * 255).to(torch.uint8)
    generator = train_generator("lpd", model, pixels, SMALL)
    assert generator.card["layer"] == "deep"
    assert generator(torch.rand(2, 3, 12, 12)).dtype == torch.float32


def test_the_card_says_reduced_form_and_full_form(tagger):
    assert "reduced form" in tiny_generator("gama").card["form"]
    assert "reconstruction" in tiny_generator("lpd").card["form"]
    full = train_generator("gama", tagger, tiny_images(16), SMALL, LettersEncoder())
    reduced = train_generator("gama", tagger, tiny_images(16), SMALL)
    assert "full form, text-image encoder letters" in full.card["form"]
    assert full.digest != reduced.digest
    with pytest.raises(ValueError, match="Only gama"):
        train_generator("lpd", tagger, tiny_images(16), SMALL, LettersEncoder())


def test_save_and_load_round_trip_without_pickle(tmp_path, images):
    generator = tiny_generator("gama")
    file = generator.save(tmp_path)
    loaded = load_generator(file)
    assert file.name == "gama-SmallTagger.safetensors"
    assert loaded.digest == generator.digest
    assert loaded.card == generator.card == json.loads(file.with_suffix(".json").read_text())
    assert torch.equal(loaded(images), generator(images))
    assert file.read_bytes()[:2] != b"PK"


@pytest.mark.parametrize("content", [b"", b"\x80\x04nothing", b"\x02\0\0\0\0\0\0\0{}"], ids=["empty", "pickle", "bare"])
def test_what_is_no_generator_is_one_sentence(content, tmp_path):
    file = tmp_path / "x.safetensors"
    file.write_bytes(content)
    with pytest.raises(ValueError, match="train it again"):
        load_generator(file)
    with pytest.raises(ValueError, match="There is no generator"):
        load_generator(tmp_path / "missing.safetensors")


def test_weights_of_another_network_are_refused(tmp_path):
    generator = tiny_generator("gama")
    with pytest.raises(RuntimeError, match="size mismatch"):
        Generator({**generator.weights, "paint.bias": torch.zeros(4)}, generator.card)


@pytest.mark.parametrize("size", [(6, 6), (7, 11), (24, 24), (33, 64)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_any_size_and_precision_stays_within_the_bound(size, dtype):
    painted = tiny_generator("lpd")(torch.rand(2, 3, *size, dtype=dtype) * 2 - 1)
    assert painted.shape == (2, 3, *size)
    assert painted.dtype == dtype
    assert painted.abs().max() <= 0.25


def test_a_flat_picture_gives_no_nan():
    assert torch.isfinite(PerturbationNetwork()(torch.zeros(1, 3, 6, 6))).all()


@pytest.mark.parametrize("shape", [(2, 2), (3, 8, 8), (1, 1, 8, 8), (1, 3, 5, 8)])
def test_what_is_no_picture_is_one_sentence(shape):
    with pytest.raises(ValueError, match="at least 6 pixels a side"):
        tiny_generator("gama")(torch.rand(shape))


def test_a_missing_generator_says_how_to_train_one(tagger, images, true, monkeypatch, tmp_path):
    goal = make_goal("untargeted", true, 2)
    with pytest.raises(ValueError, match="python -m masw_core train gama --model SmallTagger"):
        run(load_attack("gama"), tagger, images, goal)
    monkeypatch.setattr(store, "FOLDER", tmp_path)
    tiny_generator("gama").save(tmp_path)
    found = run(load_attack("gama", tau=1.2), tagger, images, goal, trace=True)
    assert found.attack.generator.digest == tiny_generator("gama").digest
    assert found.traces[0].header["config"]["generator"] == tiny_generator("gama").label
    json.dumps(found.traces[0].header)


def test_names_of_models_never_leave_the_folder():
    assert store.file_name("lpd", "../../etc/passwd") == "lpd-.._.._etc_passwd.safetensors"
    assert store.file_name("lpd", "torchvision:fcn") == "lpd-torchvision_fcn.safetensors"


def test_one_step_is_the_projected_painting_and_another_adds_to_it(tagger, images, true):
    goal, generator = make_goal("untargeted", true, 2), tiny_generator("lpd")
    attack = attack_for("lpd", steps=2, tau=1e6)
    result = run(attack, tagger, images, goal, stop="never", returns="last")
    once = (images + generator(images)).clamp(-1, 1)
    twice = (once + generator(once)).clamp(-1, 1)
    torch.testing.assert_close(result.adversarial, twice)
    assert result.backwards == 0


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"generator": "scenes.safetensors"}, "load_generator returns"),
        ({"generator": "lpd"}, "trained for lpd, not for gama"),
    ],
)
def test_generators_of_another_kind_are_refused(settings, words):
    if settings["generator"] == "lpd":
        settings = {"generator": tiny_generator("lpd")}
    with pytest.raises(ValueError, match=words):
        load_attack("gama", **settings)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"method": "gan"}, "choose one of gama, lpd"),
        ({"images": torch.rand(4, 1, 8, 8)}, "give \\(N, 3, H, W\\)"),
        ({"images": torch.rand(0, 3, 8, 8)}, "at least one image"),
    ],
)
def test_impossible_trainings_are_one_sentence(arguments, words, tagger):
    with pytest.raises(ValueError, match=words):
        train_generator(**{"method": "gama", "model": tagger, "images": tiny_images(4), **arguments})


@pytest.mark.parametrize(("name", "value"), [("epochs", 0), ("batch", 0), ("learning_rate", -1.0), ("bound", 0.0)])
def test_impossible_recipes_name_value(name, value):
    with pytest.raises(ValueError, match=f"{name} = {value}"):
        Recipe(**{name: value})


def test_the_norm_never_exceeds_tau_at_another_size(true):
    generator = tiny_generator("gama")
    layer = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 24 * 24, 5))
    model = MultiLabelModel(layer, list("abcde"), (24, 24))
    goal = make_goal("untargeted", torch.eye(5)[:2].bool(), 2)
    attack = load_attack("gama", generator=generator, tau=0.7)
    result = run(attack, model, torch.rand(2, 3, 24, 24), goal, stop="never", returns="last")
    torch.testing.assert_close(l2_norm(result.perturbation), torch.full((2,), 0.7), rtol=0.2, atol=0.0)
    assert l2_norm(result.perturbation).max() <= 0.7 + 1e-5
