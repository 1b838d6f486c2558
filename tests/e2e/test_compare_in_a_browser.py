"""Compare in a browser: an example replaces what was set, runs, and its columns lead on to the lab."""

from __future__ import annotations

from pages.parts.home.recorded import recorded_run

from playwright.sync_api import expect


def test_an_example_runs_and_leads_to_the_lab(page, address):
    page.goto(f"{address}/compare?cmp_k=7&cmp_methods=MLCW&cmp_methods=TkML")
    page.locator(".st-key-cmp_run button:enabled").wait_for()
    expect(page.locator(".st-key-cmp_k input")).to_have_value("7")
    page.get_by_role("link", name="What do the weights do?").click()
    expect(page.locator(".st-key-cmp_picture input")).to_have_value(recorded_run()["setting"]["picture"])
    expect(page.locator(".st-key-cmp_k input")).to_have_value("3")
    expect(page.locator(".st-key-cmp_methods")).to_contain_text("MASW (SPL weights)")
    expect(page.locator(".st-key-cmp_methods")).not_to_contain_text("MLCW")
    page.locator(".st-key-cmp_run button:enabled").click()
    links = page.get_by_role("link", name="Step by step in the lab")
    expect(links).to_have_count(4)
    page.wait_for_function("[...document.images].every(image => image.complete)")  # else they are gone when asked for
    links.nth(1).click()
    expect(page.locator(".st-key-lab_picture input")).to_have_value(recorded_run()["setting"]["picture"])
    page.locator(".st-key-lab_run button:enabled").wait_for()
    page.get_by_text("Advanced settings").click()
    expect(page.locator(".st-key-lab_masw_weighting input")).to_have_value("uniform (all 1)")
    expect(page.locator(".st-key-lab_masw_steps input")).to_have_value("100")
    assert not page.errors, page.errors
