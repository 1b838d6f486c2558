"""Every page for those who see little, use no mouse, or want no motion: axe-core in light and dark, and Tab alone."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

SETTLED = "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
RUN = ".st-key-lab_run button"
PAGES = {  # each with what shows that it is there
    "": "section.play .forth",
    "learn?learn_idea=5&learn_answers=1.1.1.1.3": "section.walk .code li",
    "attack_lab?lab_picture=Street&lab_masw_steps=8": "section.player",
    "compare": ".st-key-cmp_run button:enabled",
    "playground?play_steps=40": "section.play .forth",
    "universal": "[data-testid=stVegaLiteChart]",
    "results": ".st-key-res_cells_chart",
}
GRAVE = ("serious", "critical")
CHECK = """(options) => axe.run(options).then(({ violations }) => violations.flatMap(({ id, impact, nodes }) =>
  nodes.map((node) => ({ id, impact, where: node.target.flat(), why: node.failureSummary }))))"""


@pytest.fixture(scope="module")
def calm(browser):
    """A page for people who asked for little motion; the pages are visited in turn."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def visit(page, address, query):
    page.goto(f"{address}/{query}")
    if query.startswith("attack_lab"):
        page.locator(f"{RUN}:enabled").click()
        page.get_by_text(re.compile(r"Step \d+ in numbers")).wait_for()
    page.locator(PAGES[query]).first.wait_for()
    page.wait_for_selector(SETTLED)


def grave(page, **options):
    """What axe-core finds that keeps people out."""
    return [
        found for found in page.evaluate(CHECK, {"resultTypes": ["violations"], **options}) if found["impact"] in GRAVE
    ]


@pytest.mark.parametrize("query", PAGES)
def test_nothing_grave_in_light_or_dark(calm, address, query):
    calm.emulate_media(color_scheme="light")
    visit(calm, address, query)
    calm.evaluate(AXE_SCRIPT)
    assert grave(calm) == []
    light = background(calm)
    calm.emulate_media(color_scheme="dark")
    calm.wait_for_function(
        "(light) => getComputedStyle(document.querySelector('.stApp')).backgroundColor !== light", arg=light
    )
    assert grave(calm, runOnly=["color-contrast"]) == []


def background(page):
    return page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")


FOCUSED = """() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  const style = getComputedStyle(at), name = at.ariaLabel || at.innerText || at.labels?.[0]?.innerText || '';
  const player = at.closest('section.player, section.play');
  return { name: name.trim(), seen: style.outlineStyle !== 'none' || style.boxShadow !== 'none',
           inside: Boolean(player), itself: at === player };
}"""


def tab_to(page, reached):
    """Press Tab until it gets there; what has the focus then."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if reached(there := page.evaluate(FOCUSED)):
            return there
    raise AssertionError("Tab does not lead there")


def tab_through(page):
    """Press Tab until the player is left; everything on the way."""
    way = [tab_to(page, lambda there: there["itself"])]
    while way[-1]["inside"]:
        page.keyboard.press("Tab")
        way.append(page.evaluate(FOCUSED))
    assert all(there["seen"] and there["name"] for there in way[:-1]), way
    return {there["name"] for there in way[:-1]}


def controls(player):
    """The names of all that can be used in a player."""
    found = player.locator("button:enabled:visible, input:visible, select:visible, canvas[tabindex]:visible").all()
    return {one.get_attribute("aria-label") or one.inner_text().strip() for one in found}


def test_the_keyboard_alone_replays_a_run_in_the_lab(calm, address):
    visit(calm, address, "attack_lab?lab_picture=Street&lab_masw_steps=8")
    player = calm.locator("section.player")
    assert controls(player) <= tab_through(calm)
    calm.keyboard.press("Shift+Tab")
    tab_back(calm)
    calm.keyboard.press("Home")
    expect(player).to_have_attribute("data-step", "0")
    calm.keyboard.press("ArrowRight")
    expect(player).to_have_attribute("data-step", "1")
    calm.get_by_text("Step 1 in numbers").wait_for()
    calm.keyboard.press("Space")
    expect(player.locator(".play")).to_have_attribute("aria-label", "Pause")
    calm.keyboard.press("Space")
    tab_to(calm, lambda there: there["name"] == "logit")
    calm.keyboard.press("Enter")
    expect(player.get_by_role("button", name="logit")).to_have_attribute("aria-pressed", "true")


def test_the_keyboard_alone_plays_on_the_plane(calm, address):
    visit(calm, address, "playground?play_steps=40")
    player = calm.locator("section.play")
    assert controls(player) <= tab_through(calm)
    tab_back(calm)
    calm.keyboard.press("End")
    expect(player).to_have_attribute("data-step", "40")
    tab_to(calm, lambda there: there["name"] == "Constraints")
    calm.keyboard.press("Enter")
    expect(player.locator(".chips button").first).to_be_visible()
    calm.goto(f"{address}/playground?play_problem=Fig.+1a&play_mode=Compare+two+points")
    calm.get_by_text("tie in label consistency").wait_for()
    calm.wait_for_selector(SETTLED)
    tab_to(calm, lambda there: there["name"].startswith("Point 1 at"))
    before = float(calm.get_by_label("Point 2, y", exact=True).input_value())
    calm.keyboard.press("Enter")
    calm.keyboard.press("ArrowDown")
    calm.keyboard.press("ArrowDown")
    expect(calm.get_by_label("Point 2, y", exact=True)).to_have_value(f"{before - 0.1:.3f}")


def tab_back(page):
    """Back to the player as a whole."""
    while not page.evaluate(FOCUSED)["itself"]:
        page.keyboard.press("Shift+Tab")


def test_nothing_moves_by_itself_for_those_who_asked_for_that(calm, address):
    visit(calm, address, "")
    moving = "document.getAnimations().filter((one) => one.effect.getComputedTiming().activeDuration > 10).length"
    assert calm.evaluate(moving) == 0
    assert calm.evaluate("parseFloat(getComputedStyle(document.querySelector('button')).transitionDuration)") <= 0.001
    for name in ("section.play .forth", "section.player .play"):
        expect(calm.locator(name)).to_have_attribute("aria-label", "Play")
