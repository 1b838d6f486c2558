"""The lab's panel on survival: what it says is what the judge says of the step at which the cursor rests."""

from __future__ import annotations

import pytest
from lab_driver import job_of, open_lab, run_to_the_end, small_model

pytestmark = pytest.mark.usefixtures("quick_models")
EASY = {"lab_masw_steps": "30", "lab_masw_tau": "12", "lab_k": "2"}


def opened(at, step):
    at.session_state["lab_survival"] = True
    at.session_state["lab_player"] = {"at": {"run": at.session_state["lab_current_run"].id, "step": step}}
    at.run()
    assert not at.exception, at.exception
    return " ".join(element.value for element in at.markdown)


def test_a_closed_panel_judges_nothing(monkeypatch):
    def never(*_):
        raise AssertionError("judged though nobody asked")

    monkeypatch.setattr("masw_core.survival.judge.after_degradations", never)
    assert "survives" not in " ".join(element.value for element in run_to_the_end(open_lab(**EASY)).markdown)


def test_the_grid_says_what_the_judge_says():
    from masw_core.survival.judge import after_degradations
    from masw_core.views.pictures import adversarial_at

    import torch

    at = run_to_the_end(open_lab(**EASY))
    trace = job_of(at).trace()
    said = opened(at, trace.first_success)
    x, adversarial = trace.image, adversarial_at(trace, trace.first_success)[0]
    both = (torch.as_tensor(image)[None] for image in (x, adversarial))
    rows = after_degradations(small_model("scenes"), *both, trace.goal()[:1])
    for row in rows:
        assert f"{row.title}  \n:{'green[**✓ survives' if row.survives else 'red[**✗ undone'}" in said
    assert f"The attack survives {sum(row.survives for row in rows) + 1} of {len(rows) + 1}" in said  # and the twin
    assert "On the model scenes  \n" in said, "the page opens with scenes-robust"


def test_without_a_success_there_is_nothing_to_survive():
    assert "nothing to survive at this step" in opened(run_to_the_end(open_lab(**EASY)), 0)
