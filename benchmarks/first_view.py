"""How long a person waits for Home: the first visitor of a server that has just started, and the second.

    python -m benchmarks.first_view [--rounds 5] [--out benchmarks/results]

A real Chromium with an empty cache opens Home. The first view is there when the title, the film's picture and the
cards are drawn; the whole page when the recorded run below them is. The first visitor's server has answered its
health check and nothing else, so it imports what Home needs while the visitor waits.
"""

from __future__ import annotations

import argparse
import datetime
import platform
import statistics
import time
from pathlib import Path
from typing import Any

import masw_core
from benchmarks.explorer_server import explorer, machine_load
from benchmarks.real_browsers import ARGUMENTS, CHROMIUM

FIRST = ("h1", "[data-testid=stPageLink]", "canvas")
WHOLE = ("section.player",)


def wait(page: Any, address: str) -> tuple[float, float]:
    """Seconds from asking for Home to its first view, and to all of it."""
    began = time.monotonic()
    page.goto(f"http://{address}/", wait_until="commit")
    seconds = []
    for parts in (FIRST, WHOLE):
        for part in parts:
            page.locator(part).first.wait_for(state="visible")
        seconds.append(time.monotonic() - began)
    return seconds[0], seconds[1]


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    waits: dict[str, list[tuple[float, float]]] = {"first": [], "second": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        browser.new_page().close()
        for _ in range(options.rounds):
            with explorer() as server:
                for visitor in waits:
                    context = browser.new_context(viewport={"width": 1400, "height": 900})
                    waits[visitor].append(wait(context.new_page(), server.address))
                    context.close()
        browser.close()
    lines = [
        "# How long a person waits for Home",
        "",
        f"{datetime.date.today()}, {platform.processor() or platform.machine()}, masw_core {masw_core.__version__}, "
        f"load {machine_load():.1f} at the end. {options.rounds} servers, Chromium with an empty cache "
        "(`python -m benchmarks.first_view`). Seconds; goal for the first view: 2.0.",
        "",
        "| visitor of a new server | first view, median | worst | whole page, median | worst |",
        "|---|---:|---:|---:|---:|",
    ]
    for visitor, pairs in waits.items():
        first, whole = zip(*pairs, strict=True)
        lines.append(
            f"| {visitor} | {statistics.median(first):.2f} | {max(first):.2f} "
            f"| {statistics.median(whole):.2f} | {max(whole):.2f} |"
        )
    print("\n".join(lines[-2:]))
    options.out.mkdir(exist_ok=True)
    (options.out / "first_view.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
