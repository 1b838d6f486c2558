"""The universal page without a browser, on the real scenes model with a handful of scenes."""

from __future__ import annotations

import threading
import time

from masw_core.attacks import list_attacks
from masw_core.commands.cli import main
from masw_core.engine.jobs import Job
from masw_core.universal.checkpoint import load_checkpoint
from pages.parts.universal import compute as universal_compute
from pages.parts.universal.recorded import showcase

import numpy as np
import pytest
from lab_driver import ROOT
from streamlit.testing.v1 import AppTest

PAGE = "pages/universal.py"
SMALL = {"uni_samples": "12", "uni_passes": "2", "uni_held_out": "10", "uni_steps": "4"}
TARGETED_ONLY = {info.title for info in list_attacks() if not info.supports("untargeted")}


def open_page(**query: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in {**SMALL, **query}.items():
        at.query_params[name] = value
    at.run()
    at.switch_page(PAGE).run()
    assert not at.exception, at.exception
    return at


def press(at: AppTest, name: str = "run") -> AppTest:
    """Press a button and wait for the job; the page has no timer in these tests."""
    at.button(key=f"uni_{name}").click().run()
    assert not at.exception, at.exception
    job = run_of(at).job
    for _ in range(240):
        job.touch()
        job.join(0.25)
        if not job.active:
            break
    at.run()
    assert not at.exception, at.exception
    return at


def run_of(at: AppTest):
    return at.session_state["uni_current_run"]


def sentences(at: AppTest) -> str:
    return " ".join(element.value for kind in (at.error, at.warning, at.info) for element in kind)


def texts(at: AppTest) -> str:
    return " ".join(element.value for kind in (at.markdown, at.caption) for element in kind)


def test_before_any_run_a_recorded_one_is_shown():
    at = open_page()
    shown = showcase()
    assert "Press Run to compute your own" in texts(at)
    assert f"fools {shown.verdict.held_out.asr:.0%} of 100 held-out scenes" in texts(at)
    assert len(at.get("vega_lite_chart")) == 2
    assert len(at.dataframe) == 1


def test_the_recorded_run_holds_together():
    shown = showcase()
    assert shown.history[shown.best_pass].asr == max(row.asr for row in shown.history[1:])
    assert np.linalg.norm(shown.z) == pytest.approx(shown.history[shown.best_pass].norm, rel=0.01)
    gone = [not (shown.verdict.true[i] & np.isin(np.arange(20), shown.verdict.after[i])).any() for i in range(6)]
    assert gone == shown.verdict.fooled.tolist()


def test_a_run_is_judged_on_held_out_scenes_and_can_be_taken_along():
    at = press(open_page())
    run = run_of(at)
    assert run.job.state == "done", run.job.error
    assert len(run.record.history) == 3
    assert "of 10 held-out scenes" in texts(at)
    assert "Random noise of the same norm" in texts(at)
    assert [button.label for button in at.get("download_button")] == [
        "Perturbation NPY",
        "Amplified PNG",
        "History CSV",
        "Checkpoint",
    ]
    table = at.dataframe[0].value
    assert list(table.columns)[1:] == ["ASR", "SASR", "LFR"]
    assert table["SASR"][1] == pytest.approx(100 * run.verdict.held_out.sasr)
    assert "recorded" not in texts(at)


@pytest.mark.parametrize("name", ["kfool", "fgsm"])
def test_another_attack_runs_inside(name):
    at = open_page(uni_passes="1")
    at.selectbox(key="uni_attack").set_value(name).run()
    press(at)
    assert run_of(at).job.state == "done", run_of(at).job.error
    assert run_of(at).order.attack == name


def test_every_untargeted_attack_is_offered_and_no_other():
    offered = open_page().selectbox(key="uni_attack").options
    assert len(offered) == len(list_attacks()) - len(TARGETED_ONLY)
    assert {"MASW-Uv", "MADW-Uv", "TkML-Uv", "PGD-Uv", "kUAP"} <= set(offered)
    assert not any(title in option for option in offered for title in TARGETED_ONLY)


def held_after(monkeypatch, count: int) -> threading.Event:
    """Jobs wait before their step number ``count`` until the event is set."""
    quick, go = Job._drain, threading.Event()

    def drain(self):
        steps = self._steps

        def held():
            for index, step in enumerate(steps()):
                if index == count:
                    go.wait(60)
                yield step

        self._steps = held
        quick(self)

    monkeypatch.setattr(Job, "_drain", drain)
    return go


def test_stop_keeps_what_was_found_and_continue_goes_on(monkeypatch):
    go = held_after(monkeypatch, 3)
    at = open_page(uni_batch="3")
    at.button(key="uni_run").click().run()
    job = run_of(at).job
    while job.done_steps < 3:
        time.sleep(0.01)
    at.run()
    assert "Pass 1 of 2: 6 of 12 scenes" in at.get("progress")[0].proto.text
    at.button(key="uni_stop").click().run()
    go.set()
    job.join(10)
    at.run()
    stopped = run_of(at).record.step
    assert job.state == "stopped"
    assert list(at.dataframe[0].value.iloc[:, 0]) == ["held-out", "held-out, noise"], "no pass has ended yet"
    assert "What was found is kept" in sentences(at)
    assert "of 10 held-out scenes" in texts(at)
    assert bool(stopped.best.any())

    press(at, "continue")
    run = run_of(at)
    assert run.job.state == "done", run.job.error
    assert len(run.record.batches) == 1 + 4 + 4, "the clean scenes, and four batches per pass"
    straight = press(open_page(uni_batch="3"))
    assert np.array_equal(run_of(straight).record.step.best, run.record.step.best)


def test_the_checkpoint_is_one_the_core_reads(tmp_path):
    at = press(open_page())
    file = tmp_path / "checkpoint.npz"
    file.write_bytes(universal_compute.checkpoint_of(run_of(at)))
    back = load_checkpoint(file)
    assert np.array_equal(back.step.best, run_of(at).record.step.best)
    assert back.settings["samples"] == 12
    same = ["--samples", "12", "--held-out", "10", "--passes", "2", "--steps", "4", "--out", str(tmp_path)]
    assert main(["universal", *same]) == 0, "the command line takes it up, and finds nothing left to do"
    assert np.array_equal(np.load(tmp_path / "perturbation.npy"), back.step.best.numpy())


@pytest.mark.parametrize(
    ("query", "key", "default"),
    [
        ({"uni_k": "999"}, "uni_k", 3),
        ({"uni_passes": "0"}, "uni_passes", 5),
        ({"uni_samples": "100000"}, "uni_samples", 200),
        ({"uni_tau": "-3"}, "uni_tau", None),
        ({"uni_attack": "rank1"}, "uni_attack", "masw"),
        ({"uni_model": "../secret"}, "uni_model", "scenes"),
    ],
    ids=str,
)
def test_links_out_of_range_fall_back(query, key, default):
    assert open_page(**query).session_state[key] == default


def test_a_k_that_is_too_large_is_one_sentence():
    at = open_page(uni_k="19")
    at.button(key="uni_run").click().run()
    assert not at.exception
    assert "k = 19 is impossible" in sentences(at)
    assert "uni_current_run" not in at.session_state


def test_a_failed_run_is_one_sentence(monkeypatch):
    def broken(self):
        raise MemoryError

    monkeypatch.setattr(Job, "_drain", broken)
    at = press(open_page())
    assert "ran out of memory" in sentences(at)
    assert at.button(key="uni_run")
