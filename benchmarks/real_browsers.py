"""Real browsers beside the visitors of a class: how long until a page is drawn and can be used."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import time

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
USABLE = {  # what somebody would click first
    "": "[data-testid=stPageLink-NavLink]",
    "attack_lab": ".st-key-lab_run button",
    "compare": ".st-key-cmp_run button",
    "playground": ".plane",
    "universal": ".st-key-uni_run button",
}
PATIENCE = 60.0  # seconds
REST = 5.0  # seconds between two pages of one browser


async def page_seconds(address: str, browsers: int, seconds: float) -> list[float]:
    """Seconds until each of the pages was usable that so many browsers opened one after the other in this time.

    Every page is opened by its address, so it is a session of its own; a browser keeps what it has fetched before.
    """
    from playwright.async_api import Error, Page, async_playwright

    found: list[float] = []

    async def person(page: Page, number: int, end: float) -> None:
        await asyncio.sleep(number * REST / browsers)
        for name in itertools.islice(itertools.cycle(USABLE), number, None):
            if time.monotonic() > end:
                return
            began = time.monotonic()
            try:
                await page.goto(f"http://{address}/{name}", timeout=PATIENCE * 1000)
                await page.locator(USABLE[name]).first.wait_for(timeout=PATIENCE * 1000)
            except Error:
                found.append(PATIENCE)
            else:
                found.append(time.monotonic() - began)
            await asyncio.sleep(REST)

    async with async_playwright() as playwright:
        opened = [await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS) for _ in range(browsers)]
        pages = [await browser.new_page(viewport={"width": 1400, "height": 900}) for browser in opened]
        end = time.monotonic() + seconds
        await asyncio.gather(*(person(page, number, end) for number, page in enumerate(pages)))
        for browser in opened:
            await browser.close()
    return found
