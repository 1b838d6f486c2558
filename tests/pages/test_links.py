"""Links: their keys never change, one module owns them, and what it says of defaults is what the pages open with."""

from __future__ import annotations

import ast
from dataclasses import replace

from pages.parts.compare.links import compare_query, lab_query, own_query
from pages.shared.links import ALL_LINKS, COMPARE, LAB, PLAYGROUND
from pages.shared.parameters import PageLinks

import pytest
from compare_driver import compared, open_compare
from lab_driver import ROOT, open_lab, run_to_the_end
from streamlit.testing.v1 import AppTest

PAGES = ALL_LINKS
OWNERS = {ROOT / "pages" / "shared" / name for name in ("links.py", "parameters.py", "from_link.py", "address.py")}
OTHERS = [file for file in sorted((ROOT / "pages").rglob("*.py")) if file not in OWNERS]
BOOKMARKED = {
    "lab": "card picture model case k true attack seed cost chart seen step part",
    "cmp": "card picture model case k true methods steps tau seed quantity pictures at cost part",
    "uni": "model attack k passes samples tau steps batch patience seed held_out show part",
    "res": "view source set printed model k case attacks measure against by base study radius over over_base part",
    "play": "problem mode attacks weighting steps step tau rule space epsilon eta tint view brush at part",
}


def by_prefix(page: PageLinks) -> str:
    return page.prefix


@pytest.mark.parametrize("page", PAGES, ids=by_prefix)
def test_a_bookmark_of_any_day_is_understood(page):
    """Names that were once in an address stay: add to this list, never take away."""
    assert set(page.parameters()) == {f"{page.prefix}_{name}" for name in BOOKMARKED[page.prefix].split()}
    assert (ROOT / page.file).exists()


def test_bookmarks_of_settings_are_understood():
    assert LAB.setting("masw", "step_size").key == "lab_masw_step_size"
    assert LAB.preset("madw").key == "lab_madw_preset"
    assert PLAYGROUND.of_problem("fig1a", "x1").key == "play_fig1a_x1"


def test_links_say_what_people_read():
    assert LAB.query(case="worst", k=5, true=["cow", "person"]) == {
        "lab_case": "Worst case",
        "lab_k": "5",
        "lab_true": ["cow", "person"],
    }
    assert PLAYGROUND.query(problem="fig1a", attacks=["masw"], step=0.02) == {
        "play_problem": "Fig. 1a",
        "play_attacks": ["MASW"],
        "play_step": "0.02",
    }
    assert COMPARE.afresh("lab", COMPARE.query(steps=3)) == {"cmp_card": "lab", "cmp_steps": "3"}
    with pytest.raises(AttributeError):
        LAB.query(attak="MASW")


@pytest.mark.parametrize("page", PAGES, ids=by_prefix)
def test_pages_open_with_the_defaults(page):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    at.switch_page(page.file).run()
    assert not at.exception, at.exception
    shown = {key: one for key, one in page.parameters().items() if key in at.session_state and one.default is not None}
    assert len(shown) >= 3
    assert {key: at.session_state[key] for key in shown} == {key: one.fresh for key, one in shown.items()}


def test_attack_cost_is_in_the_links_between_compare_and_the_lab(quick_models):
    asked = {"cmp_case": "Worst case", "cmp_cost": "true", "cmp_steps": "3"}
    run = compared(open_compare(("masw", "tkml"), **asked)).session_state["cmp_current_run"]
    assert run.order.attack_cost
    assert own_query(run.order, None)["cmp_cost"] == "true"
    assert own_query(replace(run.order, attack_cost=False), None).keys() == own_query(run.order, None).keys() - {
        "cmp_cost"
    }
    query = lab_query(run, "tkml")
    query.pop(LAB.card.key)
    lab = run_to_the_end(open_lab(**query)).session_state["lab_current_run"]
    assert lab.order.attack_cost
    assert compare_query(lab.order)["cmp_cost"] == "true"


def test_an_untargeted_link_with_attack_cost_opens_without_it(quick_models):
    at = open_compare(("masw", "tkml"), cmp_cost="true")
    assert at.toggle(key="cmp_cost").disabled
    assert not compared(at).session_state["cmp_current_run"].order.attack_cost


@pytest.mark.parametrize("file", OTHERS, ids=lambda file: str(file.relative_to(ROOT / "pages")))
def test_no_other_module_names_a_key(file):
    """Neither a key nor its beginning, no binding of a widget, no query written out, no reading of the address."""
    prefixes = tuple(f"{page.prefix}_" for page in PAGES)
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not node.value.startswith(prefixes), f"line {node.lineno}: {node.value!r}"
            assert node.value not in {"query-params", *(page.file for page in PAGES)}, f"line {node.lineno}"
        if isinstance(node, ast.Attribute):
            assert node.attr != "query_params", f"line {node.lineno}"
        if isinstance(node, ast.keyword) and node.arg == "query_params":
            assert not isinstance(node.value, ast.Dict), f"line {node.value.lineno}"


def test_one_place_sets_how_often_pages_look():
    timers = {
        file.name
        for file in OTHERS
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.keyword) and node.arg == "run_every"
    }
    assert timers == {"job_page.py"}
