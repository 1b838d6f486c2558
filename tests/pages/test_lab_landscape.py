"""The lab's landscape: drawn when asked for, kept while the run stays, and what it shows belongs to the run."""

from __future__ import annotations

import json

import pytest
from lab_driver import job_of, open_lab, run_to_the_end

pytestmark = pytest.mark.usefixtures("quick_models")


def figure(at):
    specs = [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]
    return next((spec for spec in specs if spec["data"][0]["type"] == "heatmap"), None)


def test_ask_wait_and_see_the_landscape_once():
    at = run_to_the_end(open_lab(lab_masw_steps="12", lab_masw_tau="6"))
    at.session_state["lab_landscape"] = True
    at.run()
    assert figure(at) is None, "nothing is computed before somebody asks"
    at.button(key="lab_landscape_draw").click().run()
    assert not at.exception, at.exception
    (there,) = at.session_state["lab_landscape_kept"].values()
    there.job.join(30)
    at.run()
    assert not at.exception, at.exception
    assert there.job.state == "done", there.job.error
    spec, trace = figure(at), job_of(at).trace()
    assert len(spec["data"][0]["z"]) == len(spec["data"][0]["x"]) == 21
    path = spec["data"][-1]
    assert (path["x"][0], path["y"][0]) == (0, 0)
    assert path["x"][
        [int(text.split()[1].strip(",")) for text in path["text"]].index(trace.best_step)
    ] == pytest.approx(1)
    assert at.button(key="lab_landscape_draw").disabled, "the same one is kept"
    at.number_input(key="lab_landscape_seed").set_value(3).run()
    assert figure(at) is None
    assert not at.button(key="lab_landscape_draw").disabled
    run_to_the_end(at)
    assert not at.session_state["lab_landscape_kept"], "another run has another landscape"


def test_a_run_that_did_not_move_is_explained():
    at = run_to_the_end(open_lab(lab_masw_steps="2", lab_case="Worst case", lab_masw_tau="0.01"))
    at.session_state["lab_landscape"] = True
    at.run()
    assert job_of(at).trace().best_step == 0
    at.button(key="lab_landscape_draw").click().run()
    assert any("still the clean one" in warning.value for warning in at.warning)
