"""The command line: what it writes, what it lists, and one line on stderr for everything that cannot be done."""

import csv
import json
import subprocess
import sys
from pathlib import Path

from masw_core import Trace, load_model
from masw_core.commands.cli import main
from masw_core.data.images import read_image, to_tensor
from masw_core.data.samples import list_samples

import numpy as np
import pytest
import torch

SCENE = str(next(sample for sample in list_samples() if sample.model.startswith("scenes")).file)
KEYS = {
    "attack",
    "model",
    "case",
    "k",
    "labels",
    "true_labels",
    "target_labels",
    "top_k_before",
    "top_k_after",
    "success",
    "success_after_8bit",
    "survives",
    "behind",
    "lc",
    "slc",
    "lf",
    "slf",
    "ac",
    "soft_ac",
    "l2",
    "pert_eq27",
    "pert_table",
    "steps",
    "forwards",
    "backwards",
    "seconds",
    "config",
}


def test_compare_writes_a_table_curves_and_a_trace_per_attack(tmp_path, capsys):
    methods = "masw,masw+weighting=uniform,tkml"
    arguments = ["compare", SCENE, "--model", "scenes", "--case", "best", "--attacks", methods, "--steps", "5"]
    assert main([*arguments, "--tau", "2", "--out", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    rows = list(csv.DictReader((tmp_path / "comparison.csv").open()))
    assert [row["method"] for row in rows] == methods.split(",")
    for number, row in enumerate(rows, start=1):
        trace = Trace.load(tmp_path / f"trace-{number}.npz")
        assert trace.header["method"] == row["method"]
        assert len(trace) == 6
        assert trace.norm[int(row["step"])] == pytest.approx(float(row["norm"]), rel=1e-4)
        assert trace.norm.max() <= 2 + 1e-4
        assert (tmp_path / f"adversarial-{number}.png").stat().st_size
        assert f"{row['method']}: goal" in told
    page = (tmp_path / "comparison.html").read_text()
    assert page.count("squared violation of the constraints") == 1
    assert "reach" in told


@pytest.mark.parametrize("case", ["untargeted", "best", "random", "worst"])
def test_attack_writes_a_folder_that_says_everything(case, tmp_path, capsys):
    out = tmp_path / "new" / "folder"
    arguments = ["attack", SCENE, "--case", case, "--model", "scenes", "--steps", "4", "--out", str(out)]
    assert main([*arguments, "--k", "2", "--set", "eta=1.05", "--stop", "never"]) == 0
    facts = json.loads((out / "result.json").read_text())
    assert set(facts) >= KEYS
    assert facts["config"]["eta"] == 1.05
    assert facts["steps"] == 4
    assert len(facts["target_labels"]) == (0 if case == "untargeted" else 2)
    trace = Trace.load(out / "trace.npz")
    assert len(trace) == 5
    z = np.load(out / "perturbation.npy")
    assert np.linalg.norm(z) == pytest.approx(facts["l2"], rel=1e-5)
    model = load_model("scenes")
    clean, saved = (to_tensor(read_image(file), model.input_size) for file in (SCENE, out / "adversarial.png"))
    assert (saved - clean - torch.as_tensor(z)).abs().max() <= 1 / 255 + 1e-6
    assert "written to" in capsys.readouterr().out


def test_a_bundle_opens_to_the_files_of_its_run(tmp_path, capsys):
    out, file, opened = tmp_path / "out", tmp_path / "new" / "run.zip", tmp_path / "opened"
    arguments = ["attack", SCENE, "--model", "scenes", "--case", "best", "--steps", "4", "--set", "eta=1.05"]
    assert main([*arguments, "--out", str(out), "--bundle", str(file)]) == 0
    capsys.readouterr()
    assert main(["open", str(file), "--out", str(opened)]) == 0
    told = capsys.readouterr().out
    assert f"masw best k=3 on {Path(SCENE).name}, model scenes" in told
    assert "eta=1.05 steps=4" in told
    assert {one.name for one in opened.iterdir()} == {one.name for one in out.iterdir()}
    for name in ("picture.png", "adversarial.png", "perturbation.npy", "trace.npz"):
        assert (opened / name).read_bytes() == (out / name).read_bytes()
    ours, theirs = (json.loads((folder / "result.json").read_text()) for folder in (opened, out))
    assert ours.items() <= theirs.items()


def test_masw_succeeds_on_a_real_photo_and_the_png_still_does(tmp_path):
    """A cow, top 3, nothing set: the run stops when the 8-bit picture succeeds as well."""
    photo = next(sample for sample in list_samples() if sample.id == "photo-cow")
    arguments = ["attack", str(photo.file), "--attack", "masw", "--k", "3", "--case", "untargeted", "--model", "photo"]
    assert main([*arguments, "--out", str(tmp_path)]) == 0
    facts = json.loads((tmp_path / "result.json").read_text())
    assert facts["success"] is True
    assert facts["success_after_8bit"] is True
    model = load_model("photo")
    with torch.no_grad():
        scores = model(to_tensor(read_image(tmp_path / "adversarial.png"), model.input_size)[None])[0]
    assert "cow" in facts["top_k_before"]
    assert "cow" not in {model.labels[index] for index in scores.topk(3).indices.tolist()}


@pytest.mark.parametrize("what", ["attacks", "models", "datasets"])
def test_lists_are_readable_and_machine_readable(what, capsys):
    assert main(["list", what]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert main(["list", what, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == [line.split()[0] for line in lines]
    assert all(row["summary"] for row in rows)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["attack", "missing.png", "--out", "OUT"], "missing.png"),
        (["attack", __file__, "--out", "OUT"], "picture"),
        (["attack", SCENE, "--model", "scenes", "--k", "20", "--out", "OUT"], "k = 20 is impossible"),
        (["attack", SCENE, "--model", "scenes", "--labels", "person,unicorn", "--out", "OUT"], "unicorn"),
        (["attack", SCENE, "--model", "dream", "--out", "OUT"], "dream"),
        (["attack", SCENE, "--attack", "magic", "--out", "OUT"], "magic"),
        (["attack", SCENE, "--set", "eta", "--out", "OUT"], "name=value"),
        (["attack", SCENE, "--set", "eta=fast", "--out", "OUT"], "give float"),
        (["attack", SCENE, "--attack", "kfool", "--case", "best", "--out", "OUT"], "cannot do"),
        (["attack", SCENE, "--case", "sideways", "--out", "OUT"], "sideways"),
        (["attack", SCENE], "--out"),
        (["attack", SCENE, "--out", "/proc/nowhere"], "/proc/nowhere"),
        (["compare", SCENE, "--attacks", "masw,magic", "--model", "scenes", "--out", "OUT"], "magic"),
        (["compare", SCENE, "--attacks", "kfool", "--case", "best", "--model", "scenes", "--out", "OUT"], "cannot do"),
        (["compare", SCENE, "--steps", "0", "--out", "OUT"], "at least one step"),
        (["compare", SCENE, "--tau", "nan", "--out", "OUT"], "must be positive"),
        (["open", "missing.zip"], "no bundle"),
        (["open", SCENE], "no bundle"),
        (["list", "dreams"], "dreams"),
        ([], "COMMAND"),
    ],
)
def test_errors_are_one_line_and_exit_code_two(arguments, words, tmp_path, capsys):
    arguments = [str(tmp_path) if argument == "OUT" else argument for argument in arguments]
    try:
        code = main(arguments)
    except SystemExit as stop:
        code = stop.code
    error = capsys.readouterr().err.strip().split("\r")[-1]
    assert code == 2
    assert len(error.splitlines()) == 1
    assert words in error


def test_train_writes_weights_and_card_of_both_networks(tmp_path, capsys):
    small = ["--out", str(tmp_path), "--epochs", "1", "--scenes", "24"]
    assert main(["train", "scenes", "--robust", *small]) == 2
    assert "train scenes first" in capsys.readouterr().err
    assert main(["train", "scenes", *small]) == 0
    assert main(["train", "scenes", "--robust", *small]) == 0
    written = {f"{name}.{kind}" for name in ("scenes", "scenes-robust") for kind in ("json", "safetensors")}
    assert {file.name for file in tmp_path.iterdir()} == {*written, "SHA256SUMS"}


def test_the_module_runs_as_a_program():
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "masw_core", "list", "attacks"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("masw ")
