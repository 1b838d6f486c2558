"""A lesson and a lecture in a browser: a link hides controls that stay in force, and keys drive the course."""

from __future__ import annotations

from playwright.sync_api import expect

WALK = "section.walk"


def settled(page):
    page.wait_for_selector(
        "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
    )


def test_a_lesson_and_a_lecture(page, address):
    page.goto(f"{address}/playground?play_steps=20&play_film_k=2&lesson=play_attacks,nonsense")
    page.locator("section.play .plane").wait_for()
    expect(page.get_by_text("This lesson link also names nonsense")).to_be_visible()
    expect(page.locator(".st-key-play_attacks")).to_be_visible()
    assert page.locator(".st-key-play_film_k").count() == 0
    page.get_by_role("button", name="End the lesson").click()
    expect(page.locator(".st-key-play_film_k input")).to_have_value("2")
    assert "play_film_k=2" in page.url
    assert "lesson" not in page.url
    page.get_by_role("button", name="Lesson link").click()
    page.locator(".st-key-lesson_panels button", has_text="fluctuation").click()
    expect(page.locator("[data-testid=stPopoverBody] code")).to_contain_text("lesson=play_conflict%2Cplay_files")
    page.keyboard.press("Escape")

    page.set_viewport_size({"width": 1280, "height": 720})
    page.get_by_role("button", name="Present").click()
    expect(page.locator(".st-key-play_film_k")).to_have_count(0)
    page.get_by_role("link", name="Learn").click()
    page.wait_for_function("location.search.includes('present=1')")
    page.get_by_role("button", name="Three.").click()
    expect(page.get_by_text("Ask me again")).to_be_visible()
    size = page.evaluate("getComputedStyle(document.documentElement).fontSize")
    assert float(size.removesuffix("px")) > 16
    assert "learn_answers=2" in page.url
    for idea in range(2, 6):
        page.keyboard.press("n")
        expect(page.get_by_text(f"Idea {idea} of 8")).to_be_visible()
        settled(page)
    page.get_by_role("button", name="Show me").click()
    expect(page.locator(f"{WALK} .where")).to_have_text("Step 0 of 100")
    page.mouse.click(5, 400)
    page.keyboard.press("ArrowRight")
    expect(page.locator(f"{WALK} li.decided")).to_contain_text("if Lᵗ < Lᵗ⁻¹")
    assert page.locator(WALK).bounding_box()["y"] < 720 / 2
    page.keyboard.press(" ")
    page.wait_for_function(
        "[...document.querySelectorAll('*')].some((e) => "
        "Number((e.shadowRoot ?? e).querySelector?.('section.walk')?.dataset.step) >= 3)"
    )
    assert page.errors == []
