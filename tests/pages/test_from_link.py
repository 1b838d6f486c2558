"""Opening links: a run's own link sets up the same run, the impossible is said once, and nothing breaks a page."""

from __future__ import annotations

from urllib.parse import parse_qs

from pages.shared.links import ALL_LINKS, COMPARE, LAB, PLAYGROUND, UNIVERSAL

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lab_driver import open_lab, open_page, run_to_the_end

pytestmark = pytest.mark.usefixtures("quick_models")


def link_of(at) -> dict[str, list[str]]:
    (text,) = [code.value for code in at.code if code.value.startswith("?")]
    return parse_qs(text.removeprefix("?"), keep_blank_values=True)


def notes(at) -> str:
    return " ".join(element.value for element in at.info if "link" in element.value)


SET = {
    "lab_attack": "MASW",
    "lab_case": "Random case",
    "lab_k": "2",
    "lab_seed": "5",
    "lab_cost": "true",
    "lab_true": ["dog", "cow"],
    "lab_masw_steps": "6",
    "lab_masw_eta": "1.0123456789",
    "lab_masw_weighting": "uniform (all 1)",
    "lab_masw_preset": "paper",
}


def test_the_link_of_a_lab_run_reopens_it_at_its_step():
    at = run_to_the_end(open_lab(**SET))
    run = at.session_state["lab_current_run"]
    at.session_state["lab_player"] = {"at": {"run": run.id, "step": 4}}
    at.run()
    query = link_of(at)
    assert query["lab_step"] == ["4"]
    again = open_page(LAB, query)
    assert not notes(again)
    run_to_the_end(again)
    other = again.session_state["lab_current_run"]
    assert other.order == run.order
    assert "Step 4 in numbers" in [element.value for element in again.subheader]
    run_to_the_end(again)
    assert again.session_state["lab_current_run"].opens_at is None, "the step belongs to the run of the link"


@pytest.mark.parametrize("step", ["99", "-1", "x", "1" * 100, "²"])
def test_a_step_that_the_run_has_not_is_passed_over(step):
    at = run_to_the_end(open_lab(lab_masw_steps="3", lab_step=step))
    assert any(element.value.startswith("Step ") for element in at.subheader)


def test_the_link_of_a_comparison_reopens_it():
    query = {"cmp_methods": ["MASW (uniform weights)", "PGD"], "cmp_steps": "3", "cmp_seed": "4", "cmp_tau": "2.5"}
    at = open_page(COMPARE, query | {"cmp_case": "Random case", "cmp_pictures": "All at the same step", "cmp_at": "2"})
    order = compared(at)
    assert (order.seed, order.tau, order.steps) == (4, 2.5, 3)
    assert at.slider[0].value == 2
    again = open_page(COMPARE, link_of(at))
    assert not notes(again)
    assert compared(again) == order
    assert again.slider[0].value == 2


def compared(at):
    at.button(key="cmp_run").click().run()
    at.session_state["cmp_current_run"].job.join(60)
    at.run()
    assert not at.exception, at.exception
    return at.session_state["cmp_current_run"].order


def test_the_link_of_the_playground_reopens_it_at_its_step():
    query = {"play_film_x": "0.2", "play_attacks": ["MASW", "TkML"], "play_steps": "40", "play_at": "7"}
    at = open_page(PLAYGROUND, query)
    link = link_of(at)
    assert {name: link[name] for name in ("play_film_x", "play_attacks", "play_steps", "play_at")} == {
        name: value if isinstance(value, list) else [value] for name, value in query.items()
    }
    at.number_input(key="play_steps").set_value(50).run()
    assert link_of(at)["play_at"] == ["0"], "another run opens at its start"


SHOWN = ("model", "attack", "k", "passes", "samples", "seed", "held_out")


def test_the_link_of_a_universal_run_reopens_it():
    from pages.parts.universal.links import own_query
    from pages.parts.universal.state import UniversalOrder

    order = UniversalOrder(
        "scenes", "pgd", 4, 2, 20, held_out=30, seed=3,
        inner=(("steps", 7),), outer=(("tau", 55.5), ("batch", 5), ("patience", 1)),
    )  # fmt: skip
    at = open_page(UNIVERSAL, own_query(order))
    assert not notes(at)
    state = {name: at.session_state[f"uni_{name}"] for name in SHOWN}
    assert state == {name: getattr(order, name) for name in state}
    assert {name: at.session_state[f"uni_{name}"] for name in ("tau", "batch", "patience", "steps")} == {
        "tau": 55.5, "batch": 5, "patience": 1, "steps": 7,
    }  # fmt: skip


def test_what_a_link_asks_in_vain_is_said_and_stays_until_it_is_changed():
    at = open_lab(lab_k="999", lab_attack="zzz", lab_attak="PGD", lab_true=["cat", "unicorn"], lab_case="Worst case")
    said = at.info[0].value
    assert "`k` = `999` is not possible here: it is `3` now" in said
    assert "`attack` = `zzz` is not possible here: it is `MASW` now" in said
    assert "`attak` is no setting of this page" in said
    assert "`true` = `cat, unicorn`" in said
    assert "case" not in said, "what was possible is not mentioned"
    at.number_input(key="lab_k").set_value(4).run()
    assert "999" not in at.info[0].value
    assert "zzz" in at.info[0].value


def test_a_default_that_a_link_names_is_no_mistake():
    assert not notes(open_lab(lab_k="3.0", lab_attack="MASW", lab_cost="FALSE", lab_case="Untargeted", lab_masw_eta=""))


def test_a_note_shows_what_was_asked_and_never_draws_it():
    text = open_lab(lab_attack="![x](http://evil)` <b> " + "y" * 500).info[0].value
    assert len(text) < 300
    assert text.count("`") % 2 == 0
    outside = "".join(text.split("`")[::2])
    assert "http" not in outside
    assert "<b>" not in outside


KEYS = [key for page in ALL_LINKS for key in page.parameters()] + [
    "lab_masw_steps", "lab_masw_tau", "lab_masw_weighting", "lab_masw_manual_hardest", "lab_zzz_", "play_film_x",
    "play_own_points", "play_fig1a_true", "embed", "lab_", "cmp_x",
]  # fmt: skip
ODD = [
    "",
    "0",
    "-1",
    "999",
    "1e9",
    "nan",
    "inf",
    "true",
    "MASW",
    "Worst case",
    "../../etc/passwd",
    "[x](y)",
    "\x00",
    "²",
]
VALUES = st.one_of(st.sampled_from(ODD), st.text(max_size=12), st.integers().map(str), st.floats().map(str))
QUERIES = st.dictionaries(st.sampled_from(KEYS), st.lists(VALUES, min_size=1, max_size=3), max_size=8)


@pytest.mark.parametrize("page", [LAB, PLAYGROUND], ids=lambda page: page.prefix)
@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=QUERIES)
def test_no_link_breaks_a_page(page, query):
    open_page(page, query)
