"""Take docs/screenshot.png for the README: start the app, run an attack, go to its first success, take the picture.

python scripts/screenshot.py [--dark]      needs Chromium (Debian: apt install chromium)
"""

import argparse
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
LINK = "attack_lab?lab_picture=Office&lab_case=Worst+case&lab_masw_steps=80"
WIDTH, HEIGHT = 1400, 1560


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dark", action="store_true", help="the dark theme")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "screenshot.png")
    arguments = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("Chromium is missing: install it (Debian: apt install chromium) and try again.")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
    server = subprocess.Popen([*command, f"--server.port={port}", "--server.address=127.0.0.1"], cwd=ROOT)
    try:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--headless=new", "--no-sandbox"])
            page = browser.new_page(
                viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="dark" if arguments.dark else "light"
            )
            take(page, f"http://127.0.0.1:{port}/{LINK}", arguments.out)
            browser.close()
    finally:
        server.terminate()
        server.wait()


def wait_for(address: str, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(address, timeout=1).read()
            return
        except OSError:
            time.sleep(0.2)
    sys.exit(f"The app did not start within {seconds:.0f} seconds.")


def take(page: Page, address: str, out: Path) -> None:
    page.set_default_timeout(180_000)
    page.goto(address)
    page.locator(".st-key-lab_run button:enabled").click()
    page.get_by_text("in numbers").wait_for()
    page.mouse.move(0, 0)
    page.wait_for_timeout(3000)
    page.screenshot(path=out)
    print(f"{out}: {out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
