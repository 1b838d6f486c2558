"""Results in a browser: a cell of the table opens the lab with its settings, whatever was set there before."""

from __future__ import annotations

from playwright.sync_api import expect

ROW = 35  # pixels


def test_a_cell_opens_the_lab_over_what_was_set_there(page, address):
    page.goto(f"{address}/attack_lab?lab_attack=PGD&lab_k=7&lab_picture=Office")
    page.locator(".st-key-lab_run button:enabled").wait_for()
    page.get_by_role("link", name="Results").first.click()
    page.locator(".st-key-res_source").wait_for()
    page.locator(".st-key-res_source button", has_text="The paper").click()
    page.locator(".st-key-res_attacks input").fill("tkml")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Tables I to VIII")).to_be_visible()
    expect(page.locator(".st-key-res_attacks")).to_contain_text("tkml")
    expect(page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning")
    table = page.locator(".st-key-res_cells_chart .dvn-scroller").first
    table.scroll_into_view_if_needed()
    table.click(position={"x": table.bounding_box()["width"] * 0.4, "y": 1.5 * ROW})
    link = page.get_by_role("link", name="in the Attack lab")
    link.click()
    expect(page.locator(".st-key-lab_attack input").first).to_have_value("TkML")
    expect(page.locator(".st-key-lab_k input").first).to_have_value("3")
    expect(page.locator(".st-key-lab_picture input").first).to_have_value("Street")
    assert not page.errors, page.errors
