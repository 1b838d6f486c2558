"""Bundles in the lab, both ways: with the command line's functions, and from one session to another."""

from __future__ import annotations

import io
from dataclasses import replace

from masw_core import Trace
from masw_core.attacks import load_attack
from masw_core.commands.cli import main
from masw_core.data.samples import list_samples
from masw_core.one_picture.bundle import read_bundle, write_bundle
from masw_core.one_picture.report import attack_image

import numpy as np
import pytest
from lab_driver import job_of, open_lab, run_to_the_end, small_model
from PIL import Image

pytestmark = pytest.mark.usefixtures("quick_models")


def picture() -> Image.Image:
    return Image.effect_mandelbrot((40, 30), (-2, -1, 1, 1), 20).convert("RGB")


def from_the_command_line(image=None, **facts) -> bytes:
    """What ``masw attack --bundle`` writes."""
    asked = {"steps": 5, "eta": 1.25, "weighting": "uniform"}
    model, facts = small_model("scenes"), {"picture": "holiday", "preset": "default", "asked": asked, **facts}
    attack = load_attack("masw", **asked)
    report = attack_image(attack, model, image or picture(), "random", 2, ["dog", "cow"], 9, "never", **facts)
    file = io.BytesIO()
    write_bundle(file, report.trace, 3)
    return file.getvalue()


def opened(data: bytes, at=None):
    at = at or open_lab()
    at.get("file_uploader")[-1].upload("run.zip", data).run()
    assert not at.exception, at.exception
    return at


def captions(at) -> str:
    return " ".join(element.value for element in at.caption)


def test_a_bundle_of_the_command_line_is_shown_and_set_without_computing(monkeypatch):
    data = from_the_command_line()
    monkeypatch.setattr("masw_core.engine.loop.steps_of", lambda *_: pytest.fail("nothing may run"))
    at = opened(data)
    state = at.session_state
    assert [state[f"lab_{name}"] for name in ("model", "case", "k", "attack", "seed")] == [
        "scenes", "random", 2, "masw", 9
    ]  # fmt: skip
    assert set(state["lab_true"]) == {"dog", "cow"}
    assert (state["lab_masw_steps"], state["lab_masw_eta"], state["lab_masw_weighting"]) == (5, 1.25, "uniform")
    assert state["lab_picture"] == "The opened bundle's picture"
    assert "Step 3 in numbers" in [element.value for element in at.subheader]
    assert any("opened from a file" in element.value for element in at.markdown)
    np.testing.assert_array_equal(job_of(at).trace().scores, read_bundle(io.BytesIO(data)).trace.scores)


def test_running_an_opened_bundle_again_gives_the_same_run():
    data = from_the_command_line()
    again = job_of(run_to_the_end(opened(data))).trace()
    before = read_bundle(io.BytesIO(data)).trace
    np.testing.assert_array_equal(again.image, before.image)
    np.testing.assert_allclose(again.scores, before.scores, atol=1e-5)
    assert again.header["target"] == before.header["target"]


def test_a_run_of_the_lab_opens_in_another_session_and_in_the_command_line():
    at = run_to_the_end(open_lab(lab_masw_steps="4", lab_case="Worst case", lab_picture=list_samples()[2].title))
    file = io.BytesIO()
    write_bundle(file, job_of(at).trace(), 2)
    bundle = read_bundle(io.BytesIO(file.getvalue()))
    assert bundle.settings == {"steps": 4}
    there = opened(file.getvalue())
    assert there.session_state["lab_picture"] == list_samples()[2].id, "a sample is chosen as that"
    assert there.session_state["lab_case"] == "worst"
    before, now = (one.session_state["lab_current_run"].order for one in (at, there))
    assert replace(now, picture=before.picture) == before
    assert now.picture.digest == before.picture.digest


def test_a_run_behind_jpeg_opens_in_the_command_line_and_in_the_lab(tmp_path, capsys):
    """It was attacked as the model sees it behind a file; that model is none that the lab could ask."""
    sample, file = str(list_samples()[2].file), tmp_path / "run.zip"
    arguments = ["attack", sample, "--model", "scenes", "--behind", "jpeg75", "--steps", "3", "--stop", "never"]
    assert main([*arguments, "--out", str(tmp_path / "out"), "--bundle", str(file)]) == 0
    assert main(["open", str(file)]) == 0
    assert "model scenes behind jpeg75" in capsys.readouterr().out
    at = opened(file.read_bytes())
    assert "The model scenes behind jpeg75 is not here" in captions(at)
    shown, written = job_of(at).trace(), Trace.load(tmp_path / "out" / "trace.npz")
    np.testing.assert_array_equal(shown.scores, written.scores)
    assert not at.button(key="lab_run").disabled


def test_settings_of_before_do_not_stay():
    at = open_lab(lab_k="5", lab_masw_nu="2.5", lab_seed="4")
    at = opened(from_the_command_line(), at)
    assert at.session_state["lab_masw_nu"] is None
    assert (at.session_state["lab_k"], at.session_state["lab_seed"]) == (2, 9)


@pytest.mark.parametrize("model", ["nobody-has-this", "photo"])
def test_a_model_that_is_not_here_is_said_and_the_run_is_shown(model, monkeypatch):
    """Unknown, or known under that name with other labels."""
    twin = small_model("scenes")
    twin.name, twin.labels = model, tuple(f"label {n}" for n in range(20))
    monkeypatch.setattr("test_bundles.small_model", lambda name: twin)
    asked = {"steps": 5}
    report = attack_image(load_attack("masw", **asked), twin, picture(), "best", 2, picture="x", asked=asked)
    file = io.BytesIO()
    write_bundle(file, report.trace)
    at = opened(file.getvalue())
    assert f"The model {model} is" in captions(at)
    assert len(at.metric) >= 9
    assert next(one for one in at.metric if one.label == "After 8-bit rounding").value == "unknown"
    assert not at.button(key="lab_run").disabled


def test_no_bundle_is_one_sentence_and_loses_nothing():
    at = run_to_the_end(open_lab(lab_masw_steps="3", lab_k="4"))
    run = at.session_state["lab_current_run"]
    for data in (b"nothing", b"PK\x03\x04", from_the_command_line()[:-50]):
        at = opened(data, at)
        assert "no bundle" in at.error[0].value
        assert "Your settings are kept" in at.error[0].value
        assert at.session_state["lab_k"] == 4
        assert at.session_state["lab_current_run"] is run


def test_a_setting_that_no_control_takes_is_said():
    asked = {"steps": 1001}
    model = small_model("scenes")
    report = attack_image(load_attack("masw", **asked), model, picture(), "best", 2, None, 0, "success", asked=asked)
    file = io.BytesIO()
    write_bundle(file, report.trace)
    at = opened(file.getvalue())
    assert "No control here takes its steps" in captions(at)
