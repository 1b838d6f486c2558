"""The lab's panels on conflict and on weights by hand: opened, moved, run again, and both runs shown."""

from __future__ import annotations

import json

import pytest
from lab_driver import job_of, open_lab, run_to_the_end

pytestmark = pytest.mark.usefixtures("quick_models")
HARD = {"lab_masw_steps": "6", "lab_case": "Worst case"}


def opened(at, panel):
    at.session_state[panel] = True
    at.run()
    assert not at.exception, at.exception
    return at


def rest_at(at, step):
    at.session_state["lab_player"] = {"at": {"run": at.session_state["lab_current_run"].id, "step": step}}
    at.run()
    assert not at.exception, at.exception


def charts(at):
    return [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]


def heatmaps(at):
    return [chart["data"][0] for chart in charts(at) if chart["data"][0]["type"] == "heatmap"]


def said(at) -> str:
    return " ".join(element.value for element in at.markdown)


def sliders(at):
    return [slider for slider in at.slider if slider.key and slider.key.startswith("lab_weight_")]


def test_a_closed_panel_computes_nothing(monkeypatch):
    def never(*_):
        raise AssertionError("computed though nobody asked")

    monkeypatch.setattr("masw_core.one_picture.conflict.conflict_at", never)
    at = run_to_the_end(open_lab(**HARD))
    assert not heatmaps(at)


def test_the_matrix_follows_the_cursor(monkeypatch):
    from masw_core.one_picture.conflict import conflict_at

    at = opened(run_to_the_end(open_lab(**HARD)), "lab_conflict")
    seen = []
    for step in (0, 5):
        rest_at(at, step)
        (heat,) = heatmaps(at)
        found = conflict_at(job_of(at).trace(), step, _model())
        assert len(heat["x"]) == len(found)
        assert sorted(round(value, 2) for row in heat["z"] for value in row) == sorted(
            round(float(value), 2) for value in found.cosines.ravel()
        )
        seen.append(heat["z"])
    assert seen[0] != seen[1]
    assert "of the step, with weight" in said(at)


def _model():
    from lab_driver import small_model

    return small_model("scenes")


def test_an_attack_without_pulls_has_a_matrix_and_a_sentence():
    at = opened(run_to_the_end(open_lab(lab_attack="PGD", lab_pgd_steps="3")), "lab_conflict")
    rest_at(at, 0)
    assert len(heatmaps(at)) == 1
    assert any("no shares" in caption.value for caption in at.caption)
    assert not sliders(at), "weights by hand are MASW's"


def test_nothing_runs_before_a_slider_is_moved():
    at = run_to_the_end(open_lab(**HARD))
    assert at.button(key="lab_by_hand_run").disabled
    assert 0 < len(sliders(at)) <= 12
    assert {(slider.min, slider.max, slider.value) for slider in sliders(at)} == {(0.0, 2.0, 1.0)}


@pytest.mark.parametrize(("when", "at_step"), [("From the start", 0), ("From this step on", 3)])
def test_run_set_a_weight_run_again_and_both_are_shown(when, at_step):
    at = run_to_the_end(open_lab(**HARD))
    rest_at(at, 3)
    first = job_of(at).trace()
    sliders(at)[0].set_value(0.2).run()
    at.get_by_key("lab_by_hand_when").set_value(when).run()
    at.button(key="lab_by_hand_run").click().run()
    assert not at.exception, at.exception
    second = at.session_state["lab_current_run"].by_hand
    second.run.job.join(30)
    at.run()
    assert not at.exception, at.exception
    assert second.run.job.state == "done", second.run.job.error
    assert job_of(at).trace() is first, "the first run stays"
    trace = second.run.job.trace()
    (column,) = second.weights
    assert trace.weights[at_step, column] == pytest.approx(0.2 * first.weights[at_step, column])
    assert (trace.weights[at_step:, column] <= 0.2 + 1e-6).all(), "SPW's weight is at most 1"
    assert second.at == at_step
    assert (trace.failure[: at_step + 1] == first.failure[: at_step + 1]).all()
    both = [chart for chart in charts(at) if any("by hand" in (line.get("name") or "") for line in chart["data"])]
    names = [line["name"] for line in both[0]["data"]]
    assert sum("as it ran" in name for name in names) == sum("by hand" in name for name in names) == 3
    assert "At step 3" in said(at)
    rows = next(frame.value for frame in at.dataframe if "by hand" in frame.value)
    assert rows["by hand"].tolist()[1] == f"{trace.failure[3]:.3f}"
    assert rows["as it ran"].tolist()[1] == f"{first.failure[3]:.3f}"


def test_another_run_forgets_the_weights():
    at = run_to_the_end(open_lab(**HARD))
    sliders(at)[0].set_value(0.2).run()
    run_to_the_end(at)
    assert at.session_state["lab_current_run"].by_hand is None
    assert {slider.value for slider in sliders(at)} == {1.0}
