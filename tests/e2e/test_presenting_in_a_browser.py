"""A projector of 1280 by 720 has room for each idea of the course, each part of a run and each view of the results."""

from __future__ import annotations

from pages.parts.learn.course import CHAPTERS

import pytest
from app_server import watched
from playwright.sync_api import expect

SETTLED = "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
DRAWN = """() => {
  const every = (name, inside) => [...document.querySelectorAll(name)].every((one) => one.querySelector(inside));
  return every('[data-testid=stPlotlyChart]', '.main-svg') && every('[data-testid=stVegaLiteChart]', 'svg, canvas')
    && !document.querySelector('[data-testid=stSkeleton], [data-stale=true]')
    && [...document.images].every((one) => one.complete);
}"""
HEIGHT = "document.querySelector('[data-testid=stMain]').scrollHeight"
WRONG = [next(n for n, _ in enumerate(chapter.options, start=1) if n != chapter.right) for chapter in CHAPTERS]


@pytest.fixture(scope="module")
def projector(browser, address):
    context = browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    page = watched(context.new_page())
    page.goto(f"{address}/?present=1")
    page.locator("section.play .forth").wait_for()
    yield page
    assert page.errors == []
    context.close()


def fits(page, what):
    page.wait_for_selector(SETTLED)
    page.wait_for_function(DRAWN)
    assert page.evaluate(HEIGHT) <= 720, what


def every_part_fits(page, prefix):
    """What is shown now, and whatever else the page offers to show."""
    fits(page, "the first part")
    buttons = page.locator(f".st-key-{prefix}_part button")
    for number in range(1, buttons.count()):
        title = buttons.nth(number).inner_text()
        buttons.nth(number).click()
        expect(buttons.nth(number)).to_have_attribute("aria-checked", "true")
        fits(page, title)


def go(page, name):
    page.get_by_role("link", name=name, exact=True).click()
    page.wait_for_function("location.search.includes('present=1')")


def test_home_has_larger_type_and_fits(projector):
    assert float(projector.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")) >= 18
    fits(projector, "home")


@pytest.mark.parametrize("answers", ["", ".".join(map(str, WRONG))], ids=["asked", "answered"])
def test_every_idea_of_the_course_fits(projector, address, answers):
    """A wrong answer has the longest text: why it is wrong, and what is right."""
    projector.goto(f"{address}/learn?present=1&learn_idea=1&learn_answers={answers or '-'}")
    for number, chapter in enumerate(CHAPTERS, start=1):
        expect(projector.get_by_text(f"Idea {number} of {len(CHAPTERS)}")).to_be_visible()
        expect(projector.get_by_role("heading", name=f"{number}. {chapter.title}")).to_be_visible()
        fits(projector, chapter.title)
        projector.keyboard.press("n")


def test_every_part_of_a_run_in_the_lab_fits(projector, address):
    projector.goto(f"{address}/attack_lab?present=1&lab_picture=Street&lab_masw_steps=8&lab_masw_tau=6")
    projector.locator(".st-key-lab_run button:enabled").click()
    projector.locator(".st-key-lab_part").wait_for()
    projector.locator("section.player .play").wait_for()
    every_part_fits(projector, "lab")
    projector.mouse.click(5, 400)
    projector.keyboard.press("End")  # the player hears keys while another part is shown
    projector.locator(".st-key-lab_part button").nth(1).click()
    projector.get_by_text("Step 8 in numbers").wait_for()


def test_every_part_of_a_comparison_fits(projector, address):
    projector.goto(f"{address}/compare?present=1&cmp_picture=Street&cmp_steps=8")
    projector.locator(".st-key-cmp_run button:enabled").click()
    projector.locator(".st-key-cmp_part").wait_for()
    every_part_fits(projector, "cmp")


@pytest.mark.parametrize(
    "query",
    [
        "play_steps=40",
        "play_problem=Fig.+1a&play_mode=Compare+two+points",
        "play_problem=Own+data&play_mode=Paint+data",
    ],
    ids=["run", "candidates", "paint"],
)
def test_every_part_of_the_playground_fits(projector, address, query):
    projector.goto(f"{address}/playground?present=1&{query}")
    projector.locator("section.play .plane").wait_for()
    every_part_fits(projector, "play")


def test_universal_fits(projector):
    go(projector, "Universal")
    projector.locator("[data-testid=stVegaLiteChart]").first.wait_for()
    every_part_fits(projector, "uni")


def test_every_view_of_the_results_fits(projector, address):
    projector.goto(f"{address}/results?present=1&res_set=Drawn+scenes,+over+tau")
    views = projector.locator(".st-key-res_view button")
    views.first.wait_for()
    for number in range(views.count()):
        views.nth(number).click()
        expect(views.nth(number)).to_have_attribute("aria-checked", "true")
        every_part_fits(projector, "res")
