"""Lessons and presenting: hidden controls are off the page and in force, unknown names are said and ignored."""

from __future__ import annotations

from pages.shared import lesson
from pages.shared.links import ALL_LINKS, COMPARE, LAB, LEARN, PLAYGROUND, RESULTS, UNIVERSAL

import pytest
from lab_driver import ROOT, open_page, run_to_the_end
from streamlit.testing.v1 import AppTest

CONTROLS = ("selectbox", "multiselect", "number_input", "text_input", "toggle", "button_group", "expander", "pills")


def opened(page, **query: str) -> AppTest:
    return open_page(page, query)


def keys_on(at) -> set[str]:
    """The keys of all elements that are on the page."""
    found = {element.key for kind in CONTROLS for element in at.get(kind) if getattr(element, "key", None)}
    return found | {button.key for button in at.button}


@pytest.mark.parametrize("page", ALL_LINKS, ids=lambda page: page.prefix)
def test_presenting_hides_every_setting_and_nothing_else(page, quick_models):
    settings = set(lesson.choices(page).values())
    before, presented = (keys_on(opened(page, play_steps="10", **more)) for more in ({}, {"present": "1"}))
    assert len(settings & before) >= 1
    assert not settings & presented
    run = page.widget("run")
    assert (run in presented) == (run in before), "the run button is no setting"


def test_a_lesson_shows_what_it_names(quick_models):
    at = opened(LAB, lesson="lab_case,lab_k")
    assert {"lab_case", "lab_k"} <= keys_on(at)
    assert not {"lab_picture", "lab_attack", "lab_true", "lab_seed", "lab_masw_eta"} & keys_on(at)


def test_what_is_hidden_is_in_force(quick_models):
    at = opened(LAB, lesson="lab_case", lab_k="5", lab_attack="TkML", lab_tkml_steps="2")
    assert "lab_k" not in keys_on(at)
    order = run_to_the_end(at).session_state["lab_current_run"].order
    assert (order.k, order.attack, dict(order.settings)) == (5, "tkml", {"steps": 2})


def test_a_single_setting_of_the_advanced_ones_can_be_left(quick_models):
    at = opened(LAB, lesson=LAB.setting("masw", "eta").key)
    assert "lab_masw_eta" in keys_on(at)
    assert not {"lab_masw_steps", "lab_seed", "lab_masw_preset"} & keys_on(at)
    assert {"lab_masw_eta", "lab_masw_steps"} <= keys_on(opened(LAB, lesson=LAB.widget(lesson.ADVANCED)))


def test_whoever_presents_sees_what_is_attacked_without_its_controls(quick_models):
    presented, plain = (opened(LAB, lab_k="2", **more) for more in ({"present": "1"}, {}))
    line = next(one.value for one in presented.markdown if "true labels:" in one.value)
    assert line.startswith("**MASW** · untargeted, k = 2 · true labels: ")
    assert not any("true labels:" in one.value for one in plain.markdown)


def run_of_the_lab(**query: str) -> AppTest:
    return run_to_the_end(opened(LAB, lab_masw_steps="2", **query))


def shown_of(at: AppTest) -> set[str]:
    """What of a run is on the page: headings and folded panels."""
    return {one.value for one in at.subheader} | {one.label for one in at.expander}


def test_a_lesson_leaves_the_panels_that_it_names(quick_models):
    every = shown_of(run_of_the_lab())
    assert {"Step 0 in numbers", "Take it with you", "Conflict at this step", "Does it survive?"} <= every
    assert {"Weights by hand", "Landscape around this picture"} <= every
    left = shown_of(run_of_the_lab(lesson="lab_k,lab_numbers,lab_conflict"))
    assert left == {"Step 0 in numbers", "Conflict at this step"}
    assert not shown_of(run_of_the_lab(lesson="none"))


def test_a_panel_that_is_hidden_is_not_computed(quick_models, monkeypatch):
    monkeypatch.setattr("pages.parts.lab.panels.seen.show", lambda *_: pytest.fail("nobody sees it"))
    run_of_the_lab(lesson="lab_numbers")


@pytest.mark.parametrize(("lesson", "left"), [("play_k", set()), ("play_k,play_fluctuation", {"Fluctuation"})])
def test_the_panels_of_the_playground_can_be_left_too(lesson, left):
    at = opened(PLAYGROUND, lesson=lesson, play_steps="10")
    assert {one.value for one in at.subheader} == left
    assert not {"Conflict at this step", "The same run in Python"} & {one.label for one in at.expander}


def test_a_projector_shows_one_part_of_a_run(quick_models):
    at = run_of_the_lab(present="1")
    assert at.get_by_key("lab_part").value == "Replay"
    assert not shown_of(at)
    assert shown_of(at.get_by_key("lab_part").set_value("Numbers").run()) == {"Step 0 in numbers"}
    in_lesson = run_of_the_lab(present="1", lesson="lab_charts")
    assert in_lesson.get_by_key("lab_part").options == ["Replay", "Charts"]


def test_a_lesson_while_presenting_shows_what_it_names(quick_models):
    assert "lab_k" in keys_on(opened(LAB, lesson="lab_k", present="1"))


def test_none_leaves_none(quick_models):
    assert not set(lesson.choices(COMPARE).values()) & keys_on(opened(COMPARE, lesson="none"))


def test_the_playground_leaves_the_labels_of_any_problem():
    at = opened(PLAYGROUND, lesson=PLAYGROUND.widget("k"), play_steps="10")
    assert "play_film_k" in keys_on(at)
    assert "play_film_x" not in keys_on(at)


def test_every_choice_is_a_known_name():
    for page in ALL_LINKS:
        assert all(lesson._is_control(key) for key in (lesson.choices(page) | lesson.panels(page)).values())


@pytest.mark.parametrize("text", ["nonsense", "lab_k, <script>alert(1)</script>", ",,,", "x" * 5000, "__class__"])
def test_whatever_a_lesson_says_the_page_opens(text):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.query_params["lesson"] = text
    at.run()
    assert not at.exception
    notes = [caption.value for caption in at.caption if "lesson link" in caption.value]
    assert len(notes) == (1 if text.strip(",") else 0)
    assert "<" not in " ".join(notes)
    assert len(" ".join(notes)) < 200


def test_home_presents_and_stops_presenting():
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    links = len(at.page_link)
    at.button(key="present_switch").click().run()
    assert at.query_params["present"] == "1"
    assert len(at.page_link) < links
    presented = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    presented.query_params["present"] = "1"
    presented.run()
    assert presented.button(key="present_next").label == "Next idea"
    presented.button(key="present_switch").click().run()
    assert "present" not in presented.query_params
    assert len(presented.page_link) == links


def test_a_lesson_can_be_ended():
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.query_params["lesson"] = "none"
    at.run()
    at.button(key="lesson_end").click().run()
    assert "lesson" not in at.query_params
    assert not [button for button in at.button if button.key == "lesson_end"]


def test_these_pages_are_all_that_have_settings():
    assert {page.file for page in ALL_LINKS} == {one.file for one in (LAB, COMPARE, PLAYGROUND, UNIVERSAL, RESULTS)}
    assert LEARN not in ALL_LINKS
