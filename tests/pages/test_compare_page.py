"""The Compare page without a browser: every method, hopeless orders in one sentence, and links that run the same."""

from __future__ import annotations

from masw_core.attacks import list_attacks
from masw_core.benchmark.methods import Method
from masw_core.data.samples import list_samples
from masw_core.engine.jobs import Job
from pages.parts.compare.examples import examples
from pages.parts.compare.links import compare_query, lab_query
from pages.parts.compare.methods import WEIGHTINGS
from pages.shared.links import COMPARE, LAB

import numpy as np
import pytest
from compare_driver import TITLES, compared, open_compare
from lab_driver import job_of, open_lab, run_to_the_end
from streamlit.testing.v1 import AppTest

pytestmark = pytest.mark.usefixtures("quick_models")


def run_of(at: AppTest):
    return at.session_state["cmp_current_run"]


def said(at: AppTest) -> str:
    kinds = (at.error, at.warning, at.info, at.caption, at.subheader, at.markdown)
    return " ".join(element.value for kind in kinds for element in kind)


def test_the_first_comparison_needs_one_press():
    at = compared(open_compare())
    assert run_of(at).job.state == "done", run_of(at).job.error
    assert at.dataframe[0].value["attack"].tolist() == ["MASW", "TkML", "PGD"]
    assert "reach" in at.subheader[0].value
    (chart,) = at.get("plotly_chart")
    assert "3 attacks" in chart.proto.alt
    assert len(at.get("image")) == 1 + 2 * 3
    assert len(at.page_link) == 3


@pytest.mark.parametrize("method", [text for text in TITLES if text not in ("masw", "gama", "lpd")])
def test_every_method_beside_masw(method):
    """GAMA and LPD need a trained generator, which the small network has not."""
    case = "Untargeted" if Method.parse(method).supports("untargeted") else "Best case"
    at = compared(open_compare(("masw", method), cmp_case=case))
    assert run_of(at).job.state == "done", run_of(at).job.error
    assert at.dataframe[0].value["attack"].tolist() == ["MASW", TITLES[method]]
    assert list(run_of(at).job.trace()) == ["masw", method]


@pytest.mark.parametrize(
    ("methods", "query", "sentence"),
    [
        (("masw",), {}, "needs 2 to 4 attacks"),
        (("masw", "kfool"), {"cmp_case": "Worst case"}, "Fool cannot do the worst case: leave it out"),
        (("masw", "rank1"), {}, "Rank I cannot do the untargeted case"),
        (("masw", "tkml"), {"cmp_k": "18"}, "k = 18 is impossible"),
    ],
)
def test_a_hopeless_order_is_one_sentence(methods, query, sentence):
    at = open_compare(methods, **query)
    assert at.button(key="cmp_run").disabled
    assert sentence in said(at)


def test_the_same_step_for_all():
    at = compared(open_compare(("masw", "tkml"), cmp_pictures="All at the same step"))
    (slider,) = at.slider
    slider.set_value(4).run()
    assert not at.exception
    assert said(at).count("Step 4: ") == 2
    norm = run_of(at).job.trace()["tkml"].norm[4]
    assert norm > 0


def test_the_method_at_work_follows_from_the_points():
    run = run_of(compared(open_compare(("masw", "fgsm", "tkml"))))
    assert run.points == (7, 2, 7)
    assert run.job.done_steps == sum(run.points)
    turns = []
    for run.job.job.done_steps in range(17):
        turns.append(run.turn)
    assert turns == [0] * 7 + [1] * 2 + [2] * 8


def test_a_stopped_comparison_shows_what_there_is(monkeypatch):
    def drain(self):
        steps = iter(self._steps())
        for _ in range(9):  # all of the first attack, a part of the second
            self._recorder.take(next(steps).cpu())
            self.done_steps += 1
        self._finish("stopped")

    monkeypatch.setattr(Job, "_drain", drain)
    at = compared(open_compare(("masw", "tkml", "pgd")))
    assert "what was computed is compared below" in said(at)
    assert at.dataframe[0].value["attack"].tolist() == ["MASW", "TkML"]
    assert len(at.page_link) == 2


def test_tau_is_everybodys_ball():
    at = compared(open_compare(("masw", "tkml"), cmp_tau="0.25"))
    for trace in run_of(at).job.trace().values():
        assert trace.header["config"]["tau"] == 0.25
        assert trace.norm.max() <= 0.25 + 1e-4


@pytest.mark.parametrize("method", ["masw", "madw:few-steps", "masw:paper+step_rule=unit+step_size=None", "mifgsm"])
def test_the_lab_runs_what_was_compared(method):
    """The link of every column reopens the attack as it ran: the same scores at every step."""
    at = compared(open_compare((method, "tkml"), cmp_picture="Office", cmp_case="Best case", cmp_k="2"))
    run = run_of(at)
    query = lab_query(run, method)
    assert query.pop(LAB.card.key)
    lab = run_to_the_end(open_lab(**query))
    trace, ours = job_of(lab).trace(), run.job.trace()[method]
    assert trace.header["target"] == ours.header["target"]
    np.testing.assert_allclose(trace.scores, ours.scores, atol=1e-4)


def test_the_lab_leads_to_its_task_here():
    lab = run_to_the_end(open_lab(lab_picture="Street", lab_case="Worst case", lab_attack="MADW", lab_madw_steps="3"))
    assert "Compare attacks here" in [link.label for link in lab.page_link]
    query = compare_query(lab.session_state["lab_current_run"].order)
    assert query.pop(COMPARE.card.key)
    at = open_compare(**query)
    assert at.get_by_key("cmp_picture").value == next(one.id for one in list_samples() if one.title == "Street")
    assert at.get_by_key("cmp_case").value == "worst"
    assert at.get_by_key("cmp_methods").value == ["masw", "tkml", "pgd", "madw"]


@pytest.mark.parametrize("example", examples(), ids=lambda example: example[0])
def test_every_example_can_be_pressed(example):
    at = open_compare(**example[2])
    assert not at.button(key="cmp_run").disabled, said(at)
    assert [TITLES[method] for method in at.get_by_key("cmp_methods").value] == example[2]["cmp_methods"]


def test_one_press_asks_for_all_weightings_and_the_task_stays():
    at = open_compare(("kfool", "tkml"), cmp_picture="Office", cmp_k="2")
    at.button(key="cmp_weightings").click().run()
    assert at.session_state["cmp_methods"] == list(WEIGHTINGS)
    assert (at.session_state["cmp_k"], at.session_state["cmp_steps"]) == (2, 6)
    at = compared(at)
    assert at.dataframe[0].value["attack"].tolist() == [TITLES[method] for method in WEIGHTINGS]
    settings = [trace.header["config"]["weighting"] for trace in run_of(at).job.trace().values()]
    assert settings == ["spw", "uniform", "fixed", "spl"]


@pytest.mark.parametrize("case", ["Untargeted", "Worst case"])
def test_one_press_sets_a_radius_too_small(case):
    at = open_compare(("masw", "tkml"), cmp_case=case)
    recommended = float(at.number_input(key="cmp_tau").placeholder)
    at.button(key="cmp_small_radius").click().run()
    assert at.session_state["cmp_tau"] == pytest.approx(0.4 * recommended)
    for trace in run_of(compared(at)).job.trace().values():
        assert trace.header["config"]["tau"] == pytest.approx(0.4 * recommended)


def test_examples_have_photos_with_several_labels():
    photos = {sample.title for sample in list_samples() if sample.model == "photo" and len(sample.labels) > 1}
    assert len([query for _, _, query in examples() if query["cmp_picture"] in photos]) >= 2


def test_a_card_forgets_what_was_set_before():
    """What it names instead is seen in a browser only: see tests/e2e."""
    at = open_compare(("masw", "kfool"), cmp_k="7", cmp_tau="0.5", cmp_case="Best case")
    at.query_params.clear()
    at.query_params[COMPARE.card.key] = "x"
    at.run()
    assert not at.exception
    assert COMPARE.card.key not in at.query_params
    assert (at.session_state["cmp_k"], at.session_state["cmp_case"]) == (3, "untargeted")
    assert (at.session_state["cmp_tau"], at.session_state["cmp_steps"]) == (None, 40)
    assert at.session_state["cmp_methods"] == ["masw", "tkml", "pgd"]


def test_every_attack_can_be_chosen():
    assert {info.name for info in list_attacks()} <= set(TITLES)


def test_label_by_label_says_what_each_picture_does():
    at = compared(open_compare(("masw", "pgd")))
    table = at.dataframe[1].value
    assert list(table.columns) == ["label", "role", "clean", TITLES["masw"], TITLES["pgd"]]
    assert len(table) == 20
    assert not [box for box in at.text_input if box.key == "cmp_find"]
