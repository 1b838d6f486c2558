"""Training the paper's networks: it learns, it can be stopped and resumed, and it leaves what load_model takes."""

import json
import os

from masw_core import load_model
from masw_core.commands.cli import main
from masw_core.data import DataError
from masw_core.models import architectures
from masw_core.models.architectures import Recipe
from masw_core.models.voc import VOC_LABELS
from masw_core.training.finetune import FineTuning, finetune
from masw_core.training.photo_batches import augment, batch_count, batches

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import nn

COLOURS = {"boat": (30, 60, 220), "bus": (230, 40, 40), "cow": (250, 250, 250)}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """VOC with nine training and six validation pictures whose colour is their label."""
    root = tmp_path_factory.mktemp("voc")
    home = root / "VOCdevkit/VOC2012"
    for folder in ("ImageSets/Main", "JPEGImages"):
        (home / folder).mkdir(parents=True)
    rng = np.random.default_rng(0)
    for split, count in (("train", 9), ("val", 6)):
        truth = {f"{split}_{i}": list(COLOURS)[i % 3] for i in range(count)}
        for image, label in truth.items():
            pixels = np.clip(np.array(COLOURS[label]) + rng.normal(0, 20, (36, 36, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(home / f"JPEGImages/{image}.jpg")
        (home / f"ImageSets/Main/{split}.txt").write_text("\n".join(truth))
        for label in VOC_LABELS:
            lines = [f"{image} {1 if true == label else -1}" for image, true in truth.items()]
            (home / f"ImageSets/Main/{label}_{split}.txt").write_text("\n".join(lines))
    return root


class Tiny(nn.Module):
    """Stands where ResNet-50 does, with everything that makes resuming hard: batch norm and dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 5, stride=4, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.drop = nn.Dropout(0.3)
        self.fc = nn.Linear(8, 1000)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(self.drop(torch.relu(self.norm(self.conv(x))).mean((2, 3))))


@pytest.fixture
def tiny(monkeypatch):
    recipe = Recipe(lambda pretrained: Tiny(), "fc", (0.5,) * 3, (0.5,) * 3)
    monkeypatch.setitem(architectures.RECIPES, "resnet50", recipe)


def settings(**changes):
    return FineTuning(
        **{"architecture": "resnet50", "dataset": "voc2012", "size": 32, "epochs": 4, "batch": 4} | changes
    )


class Killed(Exception):
    """The process is gone in the middle of an epoch."""


def killed_at(epoch, batch):
    def on_batch(now_epoch, now_batch, loss):
        if (now_epoch, now_batch) == (epoch, batch):
            raise Killed

    return on_batch


def quiet(epoch, batch, loss):
    """No progress bar."""


def test_a_killed_and_resumed_training_ends_like_one_that_was_not(root, tiny, tmp_path):
    whole = finetune(settings(), root, tmp_path / "whole", on_batch=quiet)
    for moment in ((1, 1), (2, 2), (4, 1)):
        again = (tmp_path / "parts" / "resnet50-voc2012.training").exists()
        with pytest.raises(Killed):
            finetune(settings(), root, tmp_path / "parts", resume=again, on_batch=killed_at(*moment))
    parts = finetune(settings(), root, tmp_path / "parts", resume=True, on_batch=quiet)
    assert parts == whole
    first, second = (load_file(tmp_path / name / "resnet50-voc2012.safetensors") for name in ("whole", "parts"))
    assert all(torch.equal(first[key], second[key]) for key in first)
    left = {file.name for file in (tmp_path / "parts").iterdir()}
    assert left == {"resnet50-voc2012.safetensors", "resnet50-voc2012.json"}


def test_it_learns_and_load_model_finds_it(root, tiny, tmp_path, monkeypatch):
    losses = []
    monkeypatch.setenv("MASW_MODELS", str(tmp_path))
    card = finetune(
        settings(epochs=30, learning_rate=0.05), root, on_batch=lambda epoch, batch, loss: losses.append(loss)
    )
    assert losses[-1] < 0.5 * losses[0]
    assert len(losses) == 30 * 2  # nine images in batches of four: the single one left is passed over
    assert [row["epoch"] for row in card["history"]] == list(range(1, 31))
    assert card["history"][-1]["mAP"] > 90
    assert json.loads((tmp_path / "resnet50-voc2012.json").read_text()) == card
    model = load_model("resnet50:voc2012")
    assert model.labels == VOC_LABELS
    assert model.input_size == (32, 32)
    assert model.card["recipe"]["learning_rate"] == 0.05


def test_the_real_network_trains_from_a_file_and_by_the_command_line(root, tmp_path, capsys):
    """ResNet-50 itself, at 32 pixels, then once more from its own weights."""
    once = ["finetune", "resnet50", "--dataset", "voc2012", "--root", str(root), "--size", "32", "--epochs", "1"]
    once += ["--batch", "4", "--workers", "0", "--device", "cpu"]
    assert main([*once, "--out", str(tmp_path / "a")]) == 0
    assert "mAP" in capsys.readouterr().out
    file = tmp_path / "a" / "resnet50-voc2012.safetensors"
    start = load_file(file)
    rate = "1e-9"  # too little to move: what comes out is what went in
    assert main([*once, "--out", str(tmp_path / "b"), "--init", str(file), "--lr", rate]) == 0
    end = load_file(tmp_path / "b" / "resnet50-voc2012.safetensors")
    torch.testing.assert_close(end["layer4.2.conv3.weight"], start["layer4.2.conv3.weight"], rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["resnet18"], "there is no architecture 'resnet18'"),
        (["resnet50", "--dataset", "imagenet"], "there is no data set 'imagenet'"),
        (["resnet50", "--epochs", "0"], "epochs = 0 is too small"),
        (["resnet50", "--batch", "1"], "batch = 1 is too small"),
        (["resnet50", "--lr", "-1"], "learning_rate = -1.0 is impossible"),
        (["resnet50", "--workers", "-1"], "--workers -1"),
        (["resnet50", "--root", "/nowhere"], "there is no folder /nowhere"),
        (["resnet50", "--resume"], "there is no unfinished training"),
        (["resnet50", "--out", "/proc/nowhere"], "/proc/nowhere"),
        (["inception_v3", "--size", "32"], "at least 75"),
        (["resnet50", "--init", "missing.pth"], "there is no file missing.pth"),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments, words, root, tmp_path, capsys):
    base = {"--dataset": "voc2012", "--root": str(root), "--out": str(tmp_path), "--device": "cpu"}
    base |= dict(zip(arguments[1::2], [*arguments[2::2], ""], strict=False)) if "--resume" not in arguments else {}
    extra = ["--resume"] if "--resume" in arguments else []
    assert main(["finetune", arguments[0], *[part for pair in base.items() for part in pair], *extra]) == 2
    error = capsys.readouterr().err.strip()
    assert len(error.splitlines()) == 1
    assert words in error


def test_an_unfinished_training_is_neither_overwritten_nor_mixed_up(root, tiny, tmp_path):
    with pytest.raises(Killed):
        finetune(settings(), root, tmp_path, on_batch=killed_at(2, 1))
    with pytest.raises(ValueError, match="is an unfinished training: go on with --resume"):
        finetune(settings(), root, tmp_path, on_batch=quiet)
    with pytest.raises(ValueError, match="other settings: batch 4 instead of 3, seed 0 instead of 1"):
        finetune(settings(batch=3, seed=1), root, tmp_path, resume=True, on_batch=quiet)
    state = tmp_path / "resnet50-voc2012.training"
    state.write_bytes(state.read_bytes()[:1000])
    with pytest.raises(ValueError, match="is damaged: delete it"):
        finetune(settings(), root, tmp_path, resume=True, on_batch=quiet)


def test_a_full_disk_leaves_the_last_good_files(root, tiny, tmp_path, monkeypatch):
    with pytest.raises(Killed):
        finetune(settings(), root, tmp_path, on_batch=killed_at(2, 1))
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    def full(descriptor):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: .*resnet50-voc2012\.safetensors"):
        finetune(settings(), root, tmp_path, resume=True, on_batch=quiet)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_loss_that_is_not_finite_stops_the_training(root, tiny, tmp_path):
    with pytest.raises(ValueError, match=r"the loss is (nan|inf) in epoch"):
        finetune(settings(epochs=8, learning_rate=1e30), root, tmp_path, on_batch=quiet)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_broken_picture_is_named_from_every_process(root, workers, tmp_path):
    from masw_core.data import load_dataset

    data = load_dataset("voc2012", "val", root=root, size=32)
    assert sum(len(images) for images, _ in batches(data, 4, workers)) == 6
    data.folder = tmp_path
    with pytest.raises(DataError, match=r"^\S*val_0\.jpg: there is no file \S*$"):
        list(batches(data, 4, workers))


def test_single_images_are_passed_over_in_training_only(root):
    from masw_core.data import load_dataset

    data = load_dataset("voc2012", "train", root=root, size=32)
    for count, size in ((9, 4), (8, 4), (9, 2), (3, 8), (9, 16)):
        assert len(list(batches(data, size, 0, list(range(count))))) == batch_count(count, size)
    assert [len(images) for images, _ in batches(data, 4, 0, [3, 1, 2, 0, 5])] == [4]
    assert [len(images) for images, _ in batches(data, 4, 0)] == [4, 4, 1]


def test_changed_images_are_windows_of_the_old_ones():
    """A ramp stays a ramp: mirrored or not, at most 1.25 times enlarged, nothing from outside."""
    ramp = torch.linspace(-1, 1, 64).expand(50, 3, 64, 64).contiguous()
    changed = augment(ramp, torch.Generator().manual_seed(0))
    slope = (changed[:, 0, 32, 40] - changed[:, 0, 32, 24]) / (ramp[0, 0, 0, 40] - ramp[0, 0, 0, 24])
    assert changed.abs().max() <= 1
    assert (slope > 0).any()
    assert (slope < 0).any()
    assert slope.abs().min() > 0.79
    assert slope.abs().max() < 1.001
    torch.testing.assert_close(changed, augment(ramp, torch.Generator().manual_seed(0)))
