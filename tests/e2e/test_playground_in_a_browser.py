"""The playground as a lecturer uses it: play, scrub back, set a start by clicking, drag candidates, paint."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

PLAY = "section.play"


def open_playground(page, address, query=""):
    page.goto(f"{address}/playground?{query}")
    page.locator(f"{PLAY} .plane").wait_for()
    settled(page)
    page.wait_for_function("Number(document.querySelector('section.play')?.dataset.shown ?? 1) > 0")
    return page


def settled(page):
    page.wait_for_selector(
        "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
    )


def step(page) -> int:
    return int(page.locator(PLAY).get_attribute("data-step"))


def scrub_to(page, value):
    page.locator(f"{PLAY} .scrub").evaluate(
        "(e, v) => { e.value = v; e.dispatchEvent(new Event('input')); e.dispatchEvent(new Event('change')); }", value
    )


def colours(page) -> np.ndarray:
    """The plane's pixels, as the screen shows them."""
    return np.asarray(Image.open(BytesIO(page.locator(f"{PLAY} .plane").screenshot())).convert("RGB")).astype(int)


def tints(page) -> int:
    """How many different tints cover more than three percent of the plane."""
    picture = colours(page)[::3, ::3] // 8
    _, counts = np.unique(picture.reshape(-1, 3), axis=0, return_counts=True)
    return int((counts > 0.03 * counts.sum()).sum())


def place(page, share_x, share_y):
    box = page.locator(f"{PLAY} .plane").bounding_box()
    return box["x"] + share_x * box["width"], box["y"] + share_y * box["height"]


def number(page, label) -> float:
    return float(page.get_by_label(label, exact=True).input_value())


def test_plays_scrubs_back_and_keeps_its_regions(page, address):
    open_playground(page, address)
    before = tints(page)
    assert before >= 4
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_timeout(2500)
    page.get_by_role("button", name="Pause").first.click()
    there = step(page)
    assert there >= 30
    assert tints(page) >= 4, "the regions are still drawn after playing"
    scrub_to(page, 5)
    assert step(page) == 5
    page.get_by_role("button", name="Play backwards").click()
    page.wait_for_function("document.querySelector('section.play') === null || true")
    page.wait_for_timeout(700)
    assert step(page) == 0
    assert tints(page) >= 4
    assert page.errors == []


def test_thirty_steps_a_second(page, address):
    open_playground(page, address, "play_steps=1000")
    page.get_by_label("Playback speed in steps per second").select_option("40")
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_timeout(500)
    first, before = step(page), int(page.locator(PLAY).get_attribute("data-shown"))
    page.wait_for_timeout(3000)
    moved, shown = step(page) - first, int(page.locator(PLAY).get_attribute("data-shown")) - before
    print(f"{moved / 3:.0f} steps/s moved, {shown / 3:.0f} frames/s drawn")
    assert moved >= 90, "40 steps a second were asked for"


def test_a_click_sets_the_start_and_the_link(page, address):
    open_playground(page, address, "play_steps=60")
    page.mouse.click(*place(page, 0.75, 0.5))
    page.wait_for_function("location.search.includes('play_film_x')")
    settled(page)
    page.get_by_text("More settings").click()
    x, y = number(page, "Start x"), number(page, "Start y")
    assert 0.3 < x < 0.8
    assert 0.2 < y < 0.8
    assert tints(page) >= 4
    page.reload()
    page.locator(f"{PLAY} .plane").wait_for()
    settled(page)
    page.get_by_text("More settings").click()
    assert number(page, "Start x") == pytest.approx(x)
    assert page.errors == []


def test_a_dragged_start_moves_too(page, address):
    open_playground(page, address, "play_steps=60")
    page.mouse.move(*place(page, 0.5, 0.5))
    page.mouse.down()
    page.mouse.move(*place(page, 0.4, 0.4), steps=4)
    page.mouse.move(*place(page, 0.3, 0.6), steps=4)
    page.mouse.up()
    page.wait_for_function("location.search.includes('play_film_x=-0')")
    assert page.errors == []


def test_candidates_can_be_dragged(page, address):
    open_playground(page, address, "play_problem=Fig.+1a&play_mode=Compare+two+points")
    expect(page.get_by_text("tie in label consistency")).to_be_visible()
    before = number(page, "Point 1, x")
    page.mouse.move(*place(page, 0.25, 0.28))
    page.mouse.down()
    page.mouse.move(*place(page, 0.25, 0.8), steps=5)
    page.mouse.up()
    page.wait_for_function("location.search.includes('play_fig1a_y1')")
    settled(page)
    assert number(page, "Point 1, y") < 0
    assert abs(number(page, "Point 1, x") - before) < 0.4
    assert page.errors == []


def test_painting_trains_a_network(page, address):
    open_playground(page, address, "play_problem=Own+data&play_mode=Paint+data")
    page.get_by_text("17 points").wait_for()
    page.mouse.click(*place(page, 0.5, 0.3))
    page.get_by_text("18 points").wait_for()
    page.get_by_role("button", name="Undo last").click()
    page.get_by_text("17 points").wait_for()
    assert page.errors == []


def test_a_preset_card_changes_page_and_link(page, address):
    open_playground(page, address, "play_film_x=0.3")
    page.get_by_role("button", name="Cannot both hold").click()
    expect(page.get_by_text("No point of the box meets all constraints")).to_be_visible()
    assert "Own" in page.url
    page.get_by_role("button", name="The film").click()
    page.wait_for_function("!location.search.includes('Own')")
    settled(page)
    assert "play_film_x" not in page.url
    assert page.errors == []


def test_exports_arrive(page, address, tmp_path):
    open_playground(page, address, "play_steps=40&play_attacks=MASW&play_attacks=TkML")
    for name, file, magic in (
        ("Animation (WebP)", "run.webp", b"RIFF"),
        ("Animation (GIF)", "run.gif", b"GIF8"),
        ("Picture (PNG)", None, b"\x89PNG"),
        ("Trace of TkML", "trace-tkml.npz", b"PK"),
        ("Python code", "run.py", b"import torch"),
    ):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=name).click()
        saved = tmp_path / "file"
        waiting.value.save_as(saved)
        assert saved.read_bytes().startswith(magic), name
        assert file is None or waiting.value.suggested_filename == file


def test_home_plays_the_film(page, address):
    page.goto(address)
    page.locator(f"{PLAY} .plane").wait_for()
    settled(page)
    assert tints(page) >= 4
    opened_at = step(page)
    page.locator(PLAY).get_by_role("button", name="Play", exact=True).click()
    page.wait_for_timeout(1500)
    assert step(page) > opened_at + 15
    assert page.errors == []
