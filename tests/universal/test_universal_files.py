"""Checkpoints resume to the last bit; the command line writes a folder, goes on with it and refuses another run's."""

from __future__ import annotations

import json
from io import BytesIO

from masw_core.commands.cli import main
from masw_core.universal import iterate_universal, load_checkpoint, load_universal, save_checkpoint
from masw_core.universal.checkpoint import Checkpoint, settings_of
from masw_core.universal.report import Run
from masw_core.universal.samples import rightly_tagged

import numpy as np
import pytest
import torch

K = 2
FILES = {"perturbation.npy", "perturbation.png", "checkpoint.npz", "history.csv", "result.json"}


def universal_of(**outer):
    return load_universal("masw", inner={"steps": 6}, **{"tau": 2.0, "passes": 3, "batch": 7, **outer})


def same(one, other):
    assert torch.equal(one.perturbation, other.perturbation)
    assert torch.equal(one.best, other.best)
    facts = ("number", "seen", "skipped", "history", "forwards", "backwards", "ended")
    assert [getattr(one, name) for name in facts] == [getattr(other, name) for name in facts]


@pytest.mark.parametrize("cut", [0, 1, 4, 6, 11])
def test_a_resumed_run_equals_an_uninterrupted_one(cut, tagger, images, true):
    universal = universal_of()
    straight = list(iterate_universal(universal, tagger, images, true, K))
    file = BytesIO()
    save_checkpoint(file, Checkpoint(straight[cut], settings_of(universal, tagger, images, true, K), 1.5))
    file.seek(0)
    back = load_checkpoint(file)
    same(back.step, straight[cut])
    rest = list(iterate_universal(universal, tagger, images, true, K, resume=back.step))
    assert len(rest) == len(straight) - cut - 1
    for one, other in zip(rest, straight[cut + 1 :], strict=True):
        same(one, other)


def test_a_folder_goes_on_where_it_was_interrupted(tagger, images, true, tmp_path):
    def stop_at(count):
        def on_step(step):
            if step.number == 2 and step.seen == count:
                raise KeyboardInterrupt

        return on_step

    whole = Run(universal_of(), tagger, images, true, K, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        whole.finish(stop_at(14))
    half = load_checkpoint(tmp_path / "checkpoint.npz")
    assert (half.step.number, half.step.seen) == (2, 14)
    resumed = whole.finish().checkpoint
    *_, straight = iterate_universal(universal_of(), tagger, images, true, K)
    same(resumed.step, straight)
    assert resumed.seconds > half.seconds


def test_a_folder_of_another_run_is_refused(tagger, images, true, tmp_path):
    Run(universal_of(passes=1), tagger, images, true, K, tmp_path).finish()
    for other in (
        Run(universal_of(passes=1, seed=4), tagger, images, true, K, tmp_path),
        Run(universal_of(passes=1), tagger, images, true, 3, tmp_path),
        Run(universal_of(passes=1), tagger, images[1:], true[1:], K, tmp_path),
    ):
        with pytest.raises(ValueError, match=r"holds a run with other settings \(.*(seed|k|data).*\): choose another"):
            other.finish()


def test_files_that_are_no_checkpoints_are_one_sentence(tmp_path):
    bad = tmp_path / "bad.npz"
    for content in (b"", b"hello", b"PK\x03\x04 cut"):
        bad.write_bytes(content)
        with pytest.raises(ValueError, match="is no checkpoint"):
            load_checkpoint(bad)
    np.savez(bad, z=np.zeros(3), best=np.zeros(3), header=np.array(json.dumps({"schema": 99})))
    with pytest.raises(ValueError, match="is no checkpoint"):
        load_checkpoint(bad)


def test_a_step_of_other_samples_is_refused(tagger, images, true):
    step = next(iterate_universal(universal_of(), tagger, images, true, K))
    with pytest.raises(ValueError, match="belongs to 24 samples"):
        next(iterate_universal(universal_of(), tagger, images[:5], true[:5], K, resume=step))


def command(out, *more):
    sizes = ["--samples", "12", "--held-out", "6", "--passes", "1", "--steps", "4", "--batch", "6"]
    return ["universal", "--model", "scenes", *sizes, "--out", str(out), *more]


def test_the_command_writes_a_folder_that_says_everything(tmp_path, capsys):
    eta = ("--set", "eta=1.05")
    assert main(command(tmp_path, *eta)) == 0
    assert {file.name for file in tmp_path.iterdir()} == FILES
    facts = json.loads((tmp_path / "result.json").read_text())
    for part in ("training", "held_out", "noise"):
        assert set(facts[part]) == {"asr", "sasr", "lfr"}
    assert facts["config"]["attack_settings"]["eta"] == 1.05
    assert facts["config"]["tau"] == 20.0
    z = np.load(tmp_path / "perturbation.npy")
    assert z.shape == (3, 128, 128)
    assert np.linalg.norm(z) == pytest.approx(facts["norm"], rel=1e-5)
    assert len((tmp_path / "history.csv").read_text().splitlines()) == 3
    assert "written to" in capsys.readouterr().out

    assert main(command(tmp_path, *eta)) == 0, "again: already finished"
    again = json.loads((tmp_path / "result.json").read_text())
    assert again == facts

    assert main(command(tmp_path, *eta, "--seed", "1")) == 2
    error = capsys.readouterr().err.strip().split("\r")[-1].strip()
    assert len(error.splitlines()) == 1
    assert "other settings" in error


@pytest.mark.parametrize(
    ("more", "word"),
    [
        (["--attack", "rank1"], "no untargeted case"),
        (["--attack", "magic"], "magic"),
        (["--tau", "-1"], "tau"),
        (["--samples", "0"], "too few"),
        (["--dataset", "dreams"], "dreams"),
        (["--k", "19"], "k = 19"),
    ],
)
def test_what_cannot_be_done_is_one_line(more, word, tmp_path, capsys):
    assert main(command(tmp_path, *more)) == 2
    error = capsys.readouterr().err.strip().split("\r")[-1].strip()
    assert len(error.splitlines()) == 1
    assert word in error


def test_only_rightly_tagged_samples_are_taken(tagger, images, true):
    class Data:
        labels = tagger.labels

        def __len__(self):
            return len(images)

        def __getitem__(self, index):
            return images[index], right[index] if index % 3 else ~right[index]

    right = tagger(images).detach() >= 0
    x, labels = rightly_tagged(tagger, Data(), 10)
    assert torch.equal(x, images[[i for i in range(24) if i % 3]][:10])
    assert torch.equal(labels, tagger(x).detach() >= 0)
    with pytest.raises(ValueError, match="only 16 of 24 samples"):
        rightly_tagged(tagger, Data(), 20)
    tagger.labels = tuple("ABCDEFGH")
    with pytest.raises(ValueError, match="other labels"):
        rightly_tagged(tagger, type("Other", (Data,), {"labels": tuple("abcdefgh")})(), 3)
