"""The lab and Compare with 80 labels: what matters is shown, the rest is found, and where a label is seen."""

from __future__ import annotations

from masw_core.views import rows

import pytest
from compare_driver import compared, open_compare
from lab_driver import job_of, open_lab, run_to_the_end
from many_labels import LABELS

pytestmark = pytest.mark.usefixtures("many_labels")
WORST = {"lab_case": "Worst case", "lab_k": "10", "lab_masw_steps": "12"}


@pytest.fixture
def lab():
    return run_to_the_end(open_lab(**WORST, lab_chart="Table"))


def test_the_worst_case_asks_something_of_nearly_every_label(lab):
    trace = job_of(lab).trace()
    assert len(trace.header["labels"]) == 80
    assert trace.header["family"].count("rank") >= 70


def test_the_table_folds_shows_all_and_finds(lab):
    shown = list(lab.dataframe[0].value["label"])
    assert shown == [row.name for row in rows.label_rows(job_of(lab).trace()) if not row.folded]
    assert len(shown) < 60
    lab.toggle(key="lab_every").set_value(True).run()
    assert len(lab.dataframe[0].value) == 80
    lab.text_input(key="lab_find").set_value("tool 7, TOOL 9").run()
    assert set(lab.dataframe[0].value["label"]) == {"tool 7", "tool 9"}
    lab.text_input(key="lab_find").set_value("unicorn").run()
    assert not lab.exception
    assert any("“unicorn”" in caption.value for caption in lab.caption)


@pytest.mark.parametrize("chart", ["Labels", "Slack and weights", "Constraints"])
def test_a_search_reaches_every_chart_with_rows(lab, chart):
    lab.get_by_key("lab_chart").set_value(chart).run()
    whole = lab.get("plotly_chart")[0].proto.spec
    lab.text_input(key="lab_find").set_value("tool 7").run()
    assert not lab.exception
    found = lab.get("plotly_chart")[0].proto.spec
    assert "tool 7" in found
    assert "animal" not in found
    assert len(found) < len(whole)


def test_the_search_outlives_a_step(lab):
    run = lab.session_state["lab_current_run"]
    lab.text_input(key="lab_find").set_value("tool 7").run()
    lab.session_state["lab_player"] = {"at": {"run": run.id, "step": 3}}
    lab.run()
    assert list(lab.dataframe[0].value["label"]) == ["tool 7"]


def test_where_a_label_is_seen_before_and_after(lab):
    trace = job_of(lab).trace()
    box = lab.selectbox(key="lab_seen")
    assert len(box.options) == 80
    assert trace.header["labels"].index(box.value) in trace.header["true"]
    step = job_of(lab).trace().best_step if trace.first_success is None else trace.first_success
    assert captions(lab)[0].startswith(f"Original: {box.value} at {trace.probabilities[0].max():.2f}")
    box.set_value("tool 7").run()
    assert not lab.exception
    now = trace.probabilities[step, LABELS.index("tool 7")]
    assert captions(lab)[1] == f"Adversarial, step {step}: tool 7 at {now:.2f}"


def captions(lab) -> list[str]:
    images = [image for group in lab.get("image") for image in group.proto.imgs]
    return [image.caption for image in images if image.caption.startswith(("Original:", "Adversarial,"))]


def test_compare_finds_labels_too():
    at = compared(open_compare(("masw", "pgd"), cmp_case="Worst case"))
    assert len(at.dataframe[1].value) < 60
    at.text_input(key="cmp_find").set_value("tool 7").run()
    assert not at.exception
    assert list(at.dataframe[1].value["label"]) == ["tool 7"]
