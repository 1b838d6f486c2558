"""80 labels in the player: what matters is shown, the rest unfolds and is found, by keyboard, and playing goes on."""

from __future__ import annotations

import re

import pytest
from app_server import ROOT, running_app, watched
from playwright.sync_api import expect

LAB = "attack_lab?lab_case=Worst+case&lab_k=10&lab_masw_steps=40"


@pytest.fixture(scope="module")
def lab(browser):
    launcher = [str(ROOT / "tests" / "e2e" / "app_with_many_labels.py")]
    with running_app(launcher, in_process=True) as address:
        context = browser.new_context(viewport={"width": 1400, "height": 1000})
        page = watched(context.new_page())
        page.goto(f"{address}/{LAB}")
        page.locator(".st-key-lab_run button").click()
        page.get_by_text(re.compile(r"Step \d+ in numbers")).wait_for()
        page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
        yield page
        assert page.errors == []
        context.close()


def height(lab) -> int:
    return lab.locator("section.player .labels canvas").evaluate("canvas => canvas.clientHeight")


def found(lab) -> list[int]:
    return [int(number) for number in re.findall(r"(\d+) of", lab.locator("section.player .found").inner_text())]


def test_the_rest_unfolds_by_keyboard_and_stays_open_while_it_plays(lab):
    player = lab.locator("section.player")
    fold = player.locator("[data-fold=rows]")
    folded = int(re.search(r"\d+", fold.inner_text()).group())
    shown, before = found(lab)[0], height(lab)
    assert shown + folded == 80
    fold.focus()
    lab.keyboard.press("Enter")
    expect(fold).to_have_attribute("aria-expanded", "true")
    assert found(lab)[0] == 80
    assert height(lab) - before == 18 * folded

    player.get_by_role("button", name="First step (Home)").click()
    player.get_by_role("button", name="Play", exact=True).click()
    expect(player).to_have_attribute("data-step", "40")
    lab.get_by_text("Step 40 in numbers").wait_for()
    assert found(lab)[0] == 80
    fold.click()
    assert (found(lab)[0], height(lab)) == (shown, before)


def test_a_search_filters_every_panel_and_typing_is_no_shortcut(lab):
    player, search = lab.locator("section.player"), lab.locator("section.player input[type=search]")
    shown, step = found(lab), player.get_attribute("data-step")
    search.click()
    search.press_sequentially("tool 1, c r")  # space plays, c and r are Streamlit's own keys
    search.press("Home")
    assert player.get_attribute("data-step") == step
    assert player.get_by_role("button", name="Play", exact=True).is_visible()
    assert not lab.get_by_role("dialog").is_visible()
    search.fill("tool 1")
    assert found(lab)[0] == 11  # tool 1 and tool 10 to 19
    assert found(lab)[1] <= 22
    assert player.locator("[data-fold=rows]").is_hidden()
    player.get_by_role("button", name="One step back (Left)").click()
    assert found(lab)[0] == 11
    search.fill("unicorn")
    assert found(lab) == [0, 0]
    search.fill("")
    assert found(lab) == shown
