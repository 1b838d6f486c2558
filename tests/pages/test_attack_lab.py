"""The attack lab without a browser: every attack in every case runs and draws, bad input gets one sentence."""

from __future__ import annotations

import io
import time

from masw_core.attacks import list_attacks
from masw_core.engine.jobs import Job
from pages.parts.lab.after_success import STEPS as AFTER_SUCCESS
from pages.shared import compute

import numpy as np
import pytest
from lab_driver import job_of, open_lab, run_to_the_end
from PIL import Image

pytestmark = pytest.mark.usefixtures("quick_models")
CASES = {"untargeted": "Untargeted", "best": "Best case", "random": "Random case", "worst": "Worst case"}


def png(size=(40, 30), mode="RGB") -> bytes:
    file = io.BytesIO()
    Image.effect_mandelbrot(size, (-2, -1, 1, 1), 20).convert(mode).save(file, "PNG")
    return file.getvalue()


def sentences(at) -> str:
    return " ".join(element.value for kind in (at.error, at.warning, at.info) for element in kind)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("info", list_attacks(), ids=lambda info: info.name)
def test_every_attack_in_every_case(info, case):
    at = open_lab(lab_attack=info.title, lab_case=CASES[case], **{f"lab_{info.name}_steps": "3"})
    assert at.session_state["lab_case"] == case
    if not info.supports(case):
        assert at.button(key="lab_run").disabled
        assert "cannot do" in sentences(at)
        return
    run_to_the_end(at)
    assert job_of(at).state == "done", job_of(at).error
    assert job_of(at).trace().header["attack"] == info.name
    assert len(at.metric) >= 9
    assert at.get("plotly_chart")[0].proto.alt
    assert len(at.get("download_button")) == 6


@pytest.mark.parametrize(
    "chart", ["Labels", "Slack and weights", "ε and Lagrangian", "Constraints", "Measures", "Table"]
)
def test_every_chart_draws(chart):
    at = run_to_the_end(open_lab(lab_masw_steps="4"))
    at.get_by_key("lab_chart").set_value(chart).run()
    assert not at.exception
    drawn = at.dataframe if chart == "Table" else at.get("plotly_chart")
    assert len(drawn) == 1


def test_the_cursor_drives_the_numbers():
    at = run_to_the_end(open_lab(lab_masw_steps="6"))
    run = at.session_state["lab_current_run"]
    at.session_state["lab_player"] = {"at": {"run": run.id, "step": 4}}
    at.run()
    assert "Step 4 in numbers" in [element.value for element in at.subheader]
    norm = next(element for element in at.metric if element.label.startswith("Norm"))
    assert norm.value == f"{run.job.trace().norm[4]:.3f}"


def test_a_cursor_of_another_run_is_ignored():
    at = open_lab(lab_masw_steps="6")
    at.session_state["lab_player"] = {"at": {"run": "older", "step": 5000}}
    run_to_the_end(at)
    start = job_of(at).trace().first_success
    start = job_of(at).trace().best_step if start is None else start
    assert f"Step {start} in numbers" in [element.value for element in at.subheader]


def test_stop_keeps_what_was_computed(monkeypatch):
    slow = Job._drain

    def drain(self):
        steps = self._steps
        self._steps = lambda: (time.sleep(0.02) or step for step in steps())
        slow(self)

    monkeypatch.setattr(Job, "_drain", drain)
    at = open_lab(lab_masw_steps="900")
    at.button(key="lab_run").click().run()
    job = job_of(at)
    while job.done_steps < 3:
        time.sleep(0.01)
    at.run()
    at.button(key="lab_stop").click().run()
    job.join(10)
    at.run()
    assert job.state == "stopped"
    assert "Stopped at step" in sentences(at)
    assert len(at.metric) >= 9
    assert at.button(key="lab_run")


def test_a_run_rests_some_steps_after_its_success_and_goes_on():
    at = run_to_the_end(open_lab())
    job = job_of(at)
    first = int(np.flatnonzero(job.trace().success)[0])
    assert (job.state, job.done_steps) == ("paused", first + AFTER_SUCCESS + 1)
    assert f"rests at step {first + AFTER_SUCCESS} of {job.total}" in sentences(at)
    at.button(key="lab_go_on").click().run()
    job.join(30)
    at.run()
    assert (job.state, job.done_steps) == ("done", job.total + 1)
    assert "rests" not in sentences(at)
    assert not at.exception


def test_a_link_to_a_late_step_is_reached():
    at = run_to_the_end(open_lab(lab_step="150"))
    assert job_of(at).done_steps > 150


def test_who_says_how_many_steps_gets_them():
    at = run_to_the_end(open_lab(lab_masw_steps="90"))
    assert (job_of(at).state, job_of(at).done_steps) == ("done", 91)


def test_equal_runs_of_two_visitors_are_one():
    one, other, third = open_lab(), open_lab(), open_lab(lab_seed="7")
    for at in (one, other, third):
        run_to_the_end(at)
    assert job_of(one).job is job_of(other).job
    assert job_of(one).job is not job_of(third).job
    assert job_of(one).trace() is job_of(other).trace()


def test_a_failed_run_is_one_sentence(monkeypatch):
    def broken(self):
        raise MemoryError

    monkeypatch.setattr(Job, "_drain", broken)
    at = run_to_the_end(open_lab())
    assert "ran out of memory" in sentences(at)
    assert at.button(key="lab_run")


@pytest.mark.parametrize(
    ("query", "default"),
    [
        ({"lab_k": "999"}, ("lab_k", 3)),
        ({"lab_k": "0"}, ("lab_k", 3)),
        ({"lab_k": "many"}, ("lab_k", 3)),
        ({"lab_masw_steps": "100000"}, ("lab_masw_steps", None)),
        ({"lab_masw_tau": "-1"}, ("lab_masw_tau", None)),
        ({"lab_attack": "zzz"}, ("lab_attack", "masw")),
        ({"lab_case": "zzz"}, ("lab_case", "untargeted")),
        ({"lab_model": "zzz"}, None),
        ({"lab_true": "unicorn"}, None),
        ({"lab_picture": "../../etc/passwd"}, None),
    ],
    ids=str,
)
def test_links_out_of_range_fall_back(query, default):
    at = open_lab(**query)
    if default:
        assert at.session_state[default[0]] == default[1]
    assert not at.button(key="lab_run").disabled
    (value,) = query.values()
    assert f"`{value}` is not possible here" in at.info[0].value


def test_a_k_that_is_too_large_is_explained_before_run():
    at = open_lab(lab_k="19")
    assert "k = 19 is impossible" in sentences(at)
    assert at.button(key="lab_run").disabled
    at.number_input(key="lab_k").set_value(2).run()
    assert not at.button(key="lab_run").disabled


def test_no_true_label_is_explained_before_run():
    at = open_lab()
    at.multiselect(key="lab_true").set_value([]).run()
    assert "choose at least one" in sentences(at)
    assert at.button(key="lab_run").disabled


def test_a_setting_out_of_range_is_explained_before_run():
    at = open_lab()
    at.number_input(key="lab_masw_eta").set_value(0.5).run()
    assert "eta = 0.5" in sentences(at)
    assert at.button(key="lab_run").disabled


def test_a_missing_generator_is_explained_before_run():
    at = open_lab(lab_attack="GAMA (generator, reduced form)")
    assert not at.button(key="lab_run").disabled
    at.selectbox(key="lab_model").set_value("photo-fast").run()
    assert "Gama has no generator for the model 'photo-fast'" in sentences(at)
    assert at.button(key="lab_run").disabled


def test_a_setting_reaches_the_run():
    at = open_lab(lab_masw_steps="3")
    at.number_input(key="lab_masw_eta").set_value(1.5).run()
    at.selectbox(key="lab_masw_weighting").set_value("uniform").run()
    config = job_of(run_to_the_end(at)).trace().header["config"]
    assert (config["eta"], config["weighting"], config["steps"]) == (1.5, "uniform", 3)


def test_missing_weights_are_one_sentence(monkeypatch):
    from masw_core.models import ModelError

    def missing(name, device="cpu"):
        raise ModelError("the weights of 'scenes' are missing: run python -m masw_core train scenes")

    monkeypatch.setattr("masw_core.models.load_model", missing)
    at = open_lab()
    assert "The weights of 'scenes' are missing" in sentences(at)
    assert at.selectbox(key="lab_picture"), "the choice of picture stays"


def upload(name: str, content: bytes):
    at = open_lab(lab_picture="Upload a picture")
    at.get("file_uploader")[0].upload(name, content).run()
    return at


def test_an_upload_is_attacked_with_the_photo_model():
    at = upload("holiday.png", png())
    assert not at.exception
    assert at.session_state["lab_model"] == "photo"
    assert any("photo tagger" in element.value for element in at.caption)
    assert not at.button(key="lab_run").disabled


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1", "I;16"])
def test_uploads_of_every_mode(mode):
    file = io.BytesIO()
    Image.new(mode, (30, 20)).save(file, "PNG")
    at = upload("holiday.png", file.getvalue())
    assert not at.exception
    assert not at.error


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"hello, I am text", "not a picture"),
        (b"%PDF-1.7 nothing", "PDF"),
        (png()[:200], "damaged"),
        (png((1, 1)), "too small"),
    ],
    ids=["empty", "text", "pdf", "cut", "one pixel"],
)
def test_a_bad_upload_is_one_sentence_and_loses_nothing(content, word):
    at = upload("holiday.png", content)
    assert not at.exception
    assert word in at.error[0].value
    assert "Your settings are kept" in at.error[0].value
    assert at.selectbox(key="lab_picture").value == "Upload a picture"


def test_a_bad_upload_keeps_the_last_run():
    at = run_to_the_end(open_lab(lab_masw_steps="3"))
    at.selectbox(key="lab_picture").set_value("Upload a picture").run()
    at.get("file_uploader")[0].upload("x.png", b"nothing").run()
    assert at.error
    assert len(at.metric) >= 9


def test_a_huge_upload_is_one_sentence():
    file = io.BytesIO()
    Image.new("1", (9000, 9000)).save(file, "PNG")
    at = upload("huge.png", file.getvalue())
    assert "too large" in at.error[0].value


def test_settings_explain_themselves_from_the_docstrings():
    for info in list_attacks():
        notes = {setting.name: setting.note for setting in info.settings}
        assert {"steps", "tau"} <= set(notes)
        assert all(note for name, note in notes.items() if name != "name")


@pytest.mark.parametrize("info", list_attacks(), ids=lambda info: info.name)
def test_a_choice_is_a_list_to_choose_from(info):
    at = open_lab(lab_attack=info.title)
    for setting in info.settings:
        if setting.kind == "choice":
            assert tuple(at.selectbox(key=f"lab_{info.name}_{setting.name}").options), setting.name
    assert not [text for text in at.text_input if text.key and text.key.startswith(f"lab_{info.name}")]


def test_few_labels_need_no_search_and_a_pooled_model_no_places():
    at = run_to_the_end(open_lab(lab_masw_steps="3", lab_chart="Table"))
    assert len(at.dataframe[0].value) == 20
    assert not [box for box in at.text_input if box.key == "lab_find"]
    assert not [box for box in at.selectbox if box.key == "lab_seen"]


def test_labels_just_below_the_threshold_are_one_click_away(monkeypatch):
    scores = np.full(20, -2.0)
    scores[[4, 7, 9, 11]] = 1.0, -0.1, -0.25, -0.5
    monkeypatch.setattr(compute, "clean_scores", lambda *_: scores)
    at = upload("holiday.png", png())
    names = compute.loaded("photo").model.labels
    assert at.session_state["lab_true"] == [names[4]]
    at.button_group(key="lab_true_nearly").set_value(names[9]).run()
    assert not at.exception
    assert at.session_state["lab_true"] == [names[4], names[9]]
    assert at.button_group(key="lab_true_nearly").options == [names[7]]
