"""Hours of mixed use in minutes: does the explorer keep its memory, its threads and its files?

    python -m benchmarks.soak --minutes 120

Six visitors without browsers run attacks, stop runs, let runs go on, walk away from them, play with the playground and
compare; one real browser uploads pictures and takes reports along. Each does one thing after the other at random, each
time as somebody new, and repeats with the same seed. Every half minute a row is printed; in the end everybody leaves,
Streamlit forgets the sessions, somebody opens Home, and the last row is what stays.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.explorer_server import ROOT, Server, explorer, machine_load
from benchmarks.real_browsers import ARGUMENTS, CHROMIUM
from benchmarks.visitor import Visitor
from masw_core import list_attacks

import numpy as np
from PIL import Image

RUN, STOP, GO_ON = "lab_run", "lab_stop", "lab_go_on"
ATTACKS = ("masw", "madw", "tkml", "mlcw", "pgd", "fgsm", "kfool", "rank1")
PICTURES = ("Wine", "Coffee", "Cow", "Sheep", "Chair", "Mariachi", "Kingfisher", "Astronaut")
EVERY = 30.0  # seconds between two rows
FORGOTTEN = 150.0  # seconds after which Streamlit has forgotten a session that has gone
WARM = 5.0  # minutes after which growth counts
PATIENCE = 180.0  # seconds, for one thing that somebody does

Person = Callable[[Visitor, random.Random], Awaitable[None]]


async def run_an_attack(visitor: Visitor, chance: random.Random) -> None:
    attack = chance.choice([info for info in list_attacks() if info.supports("untargeted") and info.name in ATTACKS])
    query = {"lab_attack": attack.title, f"lab_{attack.name}_steps": chance.randint(3, 25)}
    await _start(visitor, chance, urlencode(query))
    await visitor.until_ended()


async def stop_a_run(visitor: Visitor, chance: random.Random) -> None:
    await _start(visitor, chance, "lab_masw_steps=500&lab_masw_tau=0.01")
    await _until(lambda: visitor.reached >= 2)
    await visitor.press(STOP)
    await visitor.until_ended()


async def let_a_run_go_on(visitor: Visitor, chance: random.Random) -> None:
    await visitor.open("attack_lab", f"lab_seed={chance.randrange(1000)}&lab_k=1", PATIENCE)
    await visitor.run(RUN, PATIENCE)
    await visitor.until_ended()
    if visitor.has(GO_ON):
        await visitor.press(GO_ON)
        await _until(lambda: visitor.has(STOP))
        await asyncio.sleep(5)
        await visitor.press(STOP)


async def walk_away(visitor: Visitor, chance: random.Random) -> None:
    await _start(visitor, chance, "lab_masw_steps=500&lab_masw_tau=0.01")
    await asyncio.sleep(chance.uniform(0, 5))
    if chance.random() < 0.5:
        await visitor.open("learn")


async def play(visitor: Visitor, chance: random.Random) -> None:
    await visitor.open("playground", patience=PATIENCE)
    for _ in range(3):
        await visitor.set_number("play_steps", float(chance.randint(20, 200)), PATIENCE)


async def compare(visitor: Visitor, chance: random.Random) -> None:
    picture = chance.choice(PICTURES)
    await visitor.open("compare", f"cmp_picture={picture}&cmp_steps={chance.randint(3, 10)}", PATIENCE)
    await visitor.run("cmp_run", PATIENCE)
    await visitor.until_ended()


async def look_around(visitor: Visitor, chance: random.Random) -> None:
    for page in ("", "learn", "results", "universal"):
        await visitor.open(page, patience=PATIENCE)


PEOPLE: tuple[Person, ...] = (run_an_attack, stop_a_run, let_a_run_go_on, walk_away, play, compare, look_around)


async def _start(visitor: Visitor, chance: random.Random, query: str) -> None:
    where = f"lab_picture={chance.choice(PICTURES)}&lab_seed={chance.randrange(1000)}&{query}"
    await visitor.open("attack_lab", where, PATIENCE)
    await visitor.run(RUN, PATIENCE)


async def _until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.1)


async def visitors(server: Server, number: int, end: float, pause: float, done: Counter[str]) -> None:
    """One after the other, each does one thing; up to ``pause`` seconds between two of them."""
    chance = random.Random(number)
    while time.monotonic() < end:
        person = chance.choice(PEOPLE)
        try:
            async with Visitor(server.address) as visitor:
                await asyncio.wait_for(person(visitor, chance), PATIENCE)
                done[person.__name__] += 1
        except (TimeoutError, ConnectionError, KeyError) as error:
            done[f"{person.__name__} failed: {error!r}"] += 1
        await asyncio.sleep(chance.uniform(0, pause))


async def uploads_and_reports(server: Server, end: float, done: Counter[str]) -> None:
    """A browser that uploads a picture nobody has seen, attacks it, and takes the report along."""
    from playwright.async_api import Error, async_playwright

    chance = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "picture.png"
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            while time.monotonic() < end:
                context = await browser.new_context(viewport={"width": 1400, "height": 900}, accept_downloads=True)
                page = await context.new_page()
                page.set_default_timeout(PATIENCE * 1000)
                small = chance.integers(0, 255, (6, 8, 3), dtype=np.uint8)
                Image.fromarray(small).resize((800, 600), Image.Resampling.BICUBIC).save(file)
                try:
                    await page.goto(f"http://{server.address}/attack_lab?lab_picture=Upload+a+picture&lab_masw_steps=8")
                    await page.locator(".st-key-lab_upload input[type=file]").set_input_files(file)
                    await page.locator(".st-key-lab_run button:enabled").click()
                    async with page.expect_download() as report:
                        await page.get_by_role("button", name="Report HTML").click()
                    assert (await (await report.value).path()).stat().st_size > 10_000
                    done["upload_and_report"] += 1
                except Error as error:
                    done[f"upload_and_report failed: {str(error).splitlines()[0]}"] += 1
                await context.close()
                await asyncio.sleep(5)
            await browser.close()


def row(server: Server, began: float, done: Counter[str]) -> list[float]:
    """Minutes, megabytes of the pages' process and of the others, threads and open files of all, things done."""
    first, *others = server.processes()
    return [
        (time.monotonic() - began) / 60,
        server.megabytes([first]),
        server.megabytes(others),
        server.threads(),
        server.files(),
        sum(number for name, number in done.items() if "failed" not in name),
        machine_load(),
    ]


async def soak(server: Server, minutes: float, people: int, pause: float) -> None:
    done: Counter[str] = Counter()
    began = time.monotonic()
    end = began + minutes * 60
    work = [asyncio.create_task(visitors(server, number, end, pause, done)) for number in range(people)]
    if CHROMIUM:
        work.append(asyncio.create_task(uploads_and_reports(server, end, done)))
    print(
        "| minutes | MB pages | MB worker | threads | open files | things done | load |\n|---|---|---|---|---|---|---|"
    )
    rows = []

    def tell() -> None:
        rows.append(row(server, began, done))
        print(
            "| " + " | ".join(f"{value:.1f}" if value % 1 else f"{value:.0f}" for value in rows[-1]) + " |", flush=True
        )

    while time.monotonic() < end:
        await asyncio.sleep(EVERY)
        tell()
    await asyncio.gather(*work)
    await asyncio.sleep(FORGOTTEN)
    async with Visitor(server.address) as last:  # a page that is drawn looks through what was set aside
        await last.open("", patience=PATIENCE)
    tell()
    warm = next((one for one in rows if one[0] >= min(WARM, minutes / 2)), rows[0])
    print(f"\nGrowth since minute {warm[0]:.0f}: {sum(rows[-1][1:3]) - sum(warm[1:3]):.0f} MB, "
          f"{rows[-1][3] - warm[3]:.0f} threads, {rows[-1][4] - warm[4]:.0f} files.")  # fmt: skip
    print("; ".join(f"{name} {number}" for name, number in sorted(done.items())))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--pause", type=float, default=0, help="at most so many seconds between two things")
    parser.add_argument("--app", default=str(ROOT), help="a checkout")
    arguments: Any = parser.parse_args()
    with explorer(Path(arguments.app).resolve()) as server:
        asyncio.run(soak(server, arguments.minutes, arguments.people, arguments.pause))


if __name__ == "__main__":
    main()
