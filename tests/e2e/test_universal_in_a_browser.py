"""The universal page as people use it: see the recorded run, start one, watch it grow, stop it, take it along."""

from __future__ import annotations

import re

import numpy as np
from playwright.sync_api import expect

RUN, STOP = ".st-key-uni_run button", ".st-key-uni_stop button"
PICTURE = "[data-testid=stImage] img"


def test_run_watch_stop_and_download(page, address, tmp_path):
    page.goto(f"{address}/universal?uni_samples=40&uni_passes=20&uni_patience=20&uni_held_out=20")
    page.get_by_text("Press Run to compute your own").wait_for()
    page.get_by_text("100 held-out scenes").wait_for()
    expect(page.locator("[data-testid=stVegaLiteChart]")).to_have_count(2)

    page.locator(RUN).click()
    page.get_by_text(re.compile(r"Pass \d+ of 20")).wait_for()
    first = page.locator(PICTURE).first.get_attribute("src")
    page.wait_for_function(
        "([selector, first]) => (document.querySelector(selector)?.getAttribute('src') ?? first) !== first",
        arg=[PICTURE, first],
    )
    page.locator(STOP).click()
    page.get_by_text("What was found is kept below").wait_for()
    page.get_by_text("20 held-out scenes").wait_for()
    expect(page.locator(".st-key-uni_continue button")).to_be_visible()

    with page.expect_download() as download:
        page.locator("[class*=uni_save_Perturbation] button").click()
    download.value.save_as(tmp_path / "z.npy")
    z = np.load(tmp_path / "z.npy")
    assert z.shape == (3, 128, 128)
    assert 0 < np.linalg.norm(z) <= 20.001
    assert page.errors == []
