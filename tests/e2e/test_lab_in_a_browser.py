"""The lab as people use it: run, replay, stop, queue, download, share a link, read it on a phone."""

from __future__ import annotations

import json
import re
import time

from masw_core import Trace
from masw_core.one_picture.bundle import read_bundle

import pytest
from app_server import ROOT, running_app, watched
from playwright.sync_api import expect

PHOTO = ROOT / "assets" / "samples" / "photo-kitten.jpg"
STEPS = 16
RUN, STOP = ".st-key-lab_run button", ".st-key-lab_stop button"


def open_lab(page, address, **query):
    page.goto(f"{address}/attack_lab?" + "&".join(f"{name}={value}" for name, value in query.items()))
    expect(page.locator(RUN)).to_be_enabled()
    return page


def finish(page):
    page.locator(RUN).wait_for()
    page.get_by_text(re.compile(r"Step \d+ in numbers")).wait_for()
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def cursor(page) -> int:
    return int(page.locator("section.player").get_attribute("data-step"))


def python_shows(page, step):
    page.get_by_text(f"Step {step} in numbers", exact=True).wait_for()


def test_upload_run_replay_take_along_reopen_stop(page, address, tmp_path):
    page.goto(f"{address}/attack_lab?lab_masw_steps={STEPS}&lab_masw_tau=6&lab_picture=Upload+a+picture")
    page.locator("input[type=file]").first.set_input_files(str(PHOTO))  # the other opens bundles
    expect(page.locator(RUN)).to_be_enabled()
    page.get_by_text("taken for a photo").wait_for()

    page.locator(RUN).click()
    clicked = time.monotonic()
    page.locator("section.player").wait_for()
    print(f"first live update after {time.monotonic() - clicked:.2f} s")
    finish(page)

    player = page.locator("section.player")
    player.get_by_role("button", name="Jump to the first success").click()
    reached = cursor(page)
    python_shows(page, reached)
    top = player.locator(".top").inner_text()
    assert "●" not in top, f"true labels must have left the top 3: {top}"
    assert "succeeds" in player.locator(".facts").inner_text()
    it_survives_or_not(page)

    player.get_by_role("button", name="First step (Home)").click()
    python_shows(page, 0)
    assert "●" in player.locator(".top").inner_text()
    shown = int(player.get_attribute("data-shown"))
    player.locator("select").select_option("4")  # steps per second: slow, so that Pause comes before the end
    player.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_timeout(800)
    player.get_by_role("button", name="Pause", exact=True).click()
    assert int(player.get_attribute("data-shown")) - shown >= 2
    assert 1 <= cursor(page) < STEPS
    python_shows(page, cursor(page))

    slider = player.get_by_role("slider", name="Step", exact=True)
    slider.focus()
    slider.press("End")
    python_shows(page, STEPS)
    slider.press("ArrowLeft")
    python_shows(page, STEPS - 1)

    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")  # the buttons are drawn anew
    with page.expect_download() as download:
        page.get_by_role("button", name="Trace NPZ").click()
    download.value.save_as(tmp_path / "trace.npz")
    trace = Trace.load(tmp_path / "trace.npz")
    assert len(trace) == STEPS + 1
    assert trace.first_success == reached

    with page.expect_download() as download:
        page.get_by_role("button", name="Bundle").last.click()
    download.value.save_as(tmp_path / "run.zip")
    bundle = read_bundle(tmp_path / "run.zip")
    assert (bundle.step, bundle.picture) == (STEPS - 1, PHOTO.stem)
    page.get_by_role("button", name="Link", exact=True).click()
    link = page.locator("[data-testid=stPopoverBody] code").inner_text()
    page.goto(link)
    page.get_by_text("PNG, JPEG, WebP").wait_for()  # the picture is not in the link, everything else is
    assert f"lab_step={STEPS - 1}" in link
    assert f"lab_masw_steps={STEPS}" in page.url

    page.goto(f"{address}/attack_lab?lab_k=999")
    page.get_by_text("is not possible here").wait_for()
    page.get_by_text("Open a bundle").click()
    page.locator(".st-key-lab_bundle input[type=file]").set_input_files(str(tmp_path / "run.zip"))
    page.get_by_text("opened from a file").wait_for()
    python_shows(page, STEPS - 1)
    expect(page.locator("section.player")).to_have_attribute("data-step", str(STEPS - 1))

    page.goto(f"{address}/attack_lab?lab_masw_steps=1000")
    page.locator(RUN).click()
    page.locator("section.player").wait_for()
    page.locator(STOP).click()
    page.get_by_text(re.compile(r"Stopped at step \d+ of 1000")).wait_for()
    finish(page)
    assert page.errors == []


def it_survives_or_not(page):
    """The grid on survival: a picture and a verdict in words for every degradation and for the model's twin."""
    panel = page.locator(".st-key-lab_survival")
    panel.locator("summary").click()
    panel.get_by_text("On the model photo-fast").wait_for()
    verdicts = panel.get_by_text(re.compile("^(✓ survives|✗ undone|– says nothing)$"))
    assert verdicts.count() == panel.locator("img").count() == 9
    assert "PNG (8 bits)" in panel.inner_text()
    panel.locator("summary").click()


def test_a_longer_run_lets_a_shorter_one_go_first_and_a_closed_tab_frees_the_gate(browser, address):
    first, second = (browser.new_context() for _ in range(2))
    one, two = watched(first.new_page()), watched(second.new_page())
    for page, steps in ((one, "900"), (two, "1000")):  # both are there before the first begins
        open_lab(page, address, lab_masw_steps=steps).locator(RUN).wait_for()
    one.locator(RUN).click()
    one.locator("section.player").wait_for()
    two.locator(RUN).click()
    in_line = two.get_by_text(re.compile("1 run before yours|takes turns with 1 shorter run"))
    in_line.wait_for()
    first.close()
    expect(in_line).to_have_count(0)
    two.locator(STOP).click()
    two.get_by_text(re.compile(r"Stopped at step \d+ of 1000")).wait_for()
    assert two.errors == []
    second.close()


def test_a_cold_deep_link_keeps_its_settings(browser):
    with running_app() as fresh:
        context = browser.new_context()
        page = watched(context.new_page())
        open_lab(page, fresh, lab_k="5", lab_case="Worst+case", lab_masw_eta="1.05")
        expect(page.get_by_role("spinbutton", name="k", exact=True)).to_have_value("5")
        expect(page.get_by_role("link", name="Home")).to_be_visible()
        assert "Attack lab · MASW Explorer" in page.title()
        assert "lab_k=5" in page.url
        assert page.errors == []
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scrolling(browser, address, scheme):
    context = browser.new_context(viewport={"width": 420, "height": 900}, color_scheme=scheme)
    page = watched(context.new_page())
    page.goto(address)
    page.get_by_role("link", name="Open in the lab").first.wait_for()
    assert sideways(page) <= 0
    open_lab(page, address, lab_masw_steps="3").locator(RUN).click()
    finish(page)
    assert sideways(page) <= 0
    for picture in page.locator("section.player canvas[role=img]").all():
        assert picture.get_attribute("aria-label")
    assert all(json.loads(page.evaluate("JSON.stringify([...document.images].map((i) => i.alt.length > 0))")))
    assert page.errors == []
    context.close()


def sideways(page) -> int:
    return page.evaluate(
        "(() => { const main = document.querySelector('[data-testid=stMain]');"
        " return Math.max(main.scrollWidth - main.clientWidth, document.body.scrollWidth - innerWidth); })()"
    )
