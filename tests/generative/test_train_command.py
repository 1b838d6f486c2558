"""``train gama`` and ``train lpd``: a small training end to end, and one line for everything that cannot be done."""

from __future__ import annotations

from masw_core import load_model, make_goal, run
from masw_core.attacks import load_attack
from masw_core.commands.cli import main
from masw_core.data.samples import list_samples
from masw_core.generative import load_generator

import pytest
import torch
from PIL import Image


def test_a_small_training_on_scenes_writes_a_generator_that_runs(tmp_path, capsys):
    assert main(["train", "lpd", "--model", "scenes", "--scenes", "16", "--epochs", "1", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "reconstruction" in said
    assert all(word in said for word in ("generator", "noise", "pgd", "written to"))
    generator = load_generator(tmp_path / "lpd-scenes.safetensors")
    assert generator.card["results"]["images"] == 4
    assert generator.card["recipe"]["images"] == 16
    model = load_model("scenes")
    x = torch.rand(1, 3, 128, 128) - 0.5
    goal = make_goal("untargeted", torch.eye(20)[:1].bool(), 3)
    result = run(load_attack("lpd", "ball", generator=generator), model, x, goal, stop="never", returns="last")
    assert result.perturbation.norm() == pytest.approx(3.0, rel=0.05)
    free = run(load_attack("lpd", generator=generator), model, x, goal, stop="never", returns="last")
    assert free.perturbation.abs().max() <= 20 / 255 + 1e-6


def test_own_pictures_are_read_and_some_are_held_back(tmp_path, capsys):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, sample in enumerate(list_samples()[:12]):
        Image.open(sample.file).convert("RGB").resize((96, 90)).save(folder / f"{number:02}.png")
    (folder / "notes.txt").write_text("no picture")
    arguments = ["train", "gama", "--images", str(folder), "--epochs", "1", "--seed", "4", "--out", str(tmp_path)]
    assert main(arguments) == 0
    assert "reduced form" in capsys.readouterr().out
    card = load_generator(tmp_path / "gama-scenes.safetensors").card
    assert (card["recipe"]["images"], card["recipe"]["seed"], card["results"]["images"]) == (10, 4, 2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gama", "--model", "photo", "--out", "OUT"], "name a folder of photos with --images"),
        (["gama", "--model", "dream", "--out", "OUT"], "dream"),
        (["gama", "--images", "OUT/none", "--out", "OUT"], "There is no folder"),
        (["gama", "--images", "OUT", "--out", "OUT"], "holds 0 pictures"),
        (["gama", "--images", "OUT", "--scenes", "5", "--out", "OUT"], "choose one"),
        (["lpd", "--robust", "--out", "OUT"], "--model scenes-robust"),
        (["lpd", "--epochs", "0", "--out", "OUT"], "--epochs 0 is too few"),
        (["lpd", "--scenes", "4", "--out", "/proc/nowhere"], "/proc/nowhere"),
        (["scenes", "--model", "photo"], "--model belongs to train gama"),
        (["scenes", "--seed", "0"], "--seed belongs to train gama"),
        (["magic"], "magic"),
    ],
)
def test_errors_are_one_line_and_exit_code_two(arguments, words, tmp_path, capsys):
    try:
        code = main(["train", *(argument.replace("OUT", str(tmp_path)) for argument in arguments)])
    except SystemExit as stop:
        code = stop.code
    error = capsys.readouterr().err.strip().split("\r")[-1]
    assert code == 2
    assert len(error.splitlines()) == 1
    assert words in error


def test_a_damaged_picture_is_named(tmp_path, capsys):
    for number in range(10):
        (tmp_path / f"{number}.png").write_bytes(b"nothing")
    assert main(["train", "lpd", "--images", str(tmp_path), "--out", str(tmp_path)]) == 2
    assert f"{tmp_path / '0.png'}: this file is not a picture" in capsys.readouterr().err
