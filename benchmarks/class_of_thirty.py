"""A class at work: thirty visitors start runs at once; how long does a newcomer wait, and how fast are the runs?

    python -m benchmarks.class_of_thirty                      # this checkout
    python -m benchmarks.class_of_thirty --app OTHER --app .  # two checkouts in turns, for before and after

Visitors speak Streamlit's protocol without a browser (``benchmarks.visitor``), so the machine's cores are the
server's, as in a class. First one run is alone; then all visitors start one each, no two the same, and newcomers open
one page after another and click once. The radius is so small that no run succeeds early. A run's speed is counted by
what its visitor is shown. With ``--browsers 3``, real browsers open pages afterwards while the class goes on; they take
the same cores, so they have a window of their own. The machine's load stands in the table, since others may use it.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.explorer_server import ROOT, Server, explorer, machine_load
from benchmarks.real_browsers import page_seconds
from benchmarks.visitor import Visitor

RUN = "lab_run"
PATIENCE = 60.0  # seconds, of newcomers
EVERY = 4.0  # seconds between two newcomers, however long they wait
PICTURES = ("Wine", "Coffee", "Cow", "Sheep", "Chair", "Mariachi", "Kingfisher", "Astronaut")
FIRST_CLICKS = {
    "": None,
    "attack_lab": ("lab_k", 4.0),
    "compare": ("cmp_k", 4.0),
    "playground": ("play_steps", 150.0),
    "universal": ("uni_k", 4.0),
}


@dataclass
class Figures:
    """What was measured of one checkout."""

    cold_home: float = 0.0
    alone: float = 0.0  # steps per second
    together: float = 0.0
    started: int = 0  # runs
    ended: int = 0
    lost: int = 0  # ended by the server because the page had not asked in time, or failed
    pages: list[float] = field(default_factory=list)  # seconds
    clicks: list[float] = field(default_factory=list)  # page and first click together
    sent: float = 0.0  # messages per second, from all visitors
    received: float = 0.0  # kilobytes per second
    cores: float = 0.0  # that the server's processes kept busy
    server_cores: float = 0.0  # the first of them, which draws the pages
    browsers: list[float] = field(default_factory=list)  # seconds until a page was usable
    beside: float = 0.0  # steps per second while the browsers were there
    before: float = 0.0  # megabytes
    after: float = 0.0
    load: float = 0.0

    def rows(self) -> dict[str, str]:
        pages, clicks = sorted(self.pages) or [0.0], sorted(self.clicks) or [0.0]
        share = self.together / self.alone if self.alone else 0.0
        return {
            "Home, first visit of a cold server, s": f"{self.cold_home:.1f}",
            "a run alone, steps/s": f"{self.alone:.1f}",
            "all runs together, steps/s": f"{self.together:.1f} ({share:.0%})",
            "runs that have begun, ended": f"{self.started}, {self.ended}",
            "runs that were lost": f"{self.lost}",
            "a newcomer's page, s: median, worst": f"{statistics.median(pages):.1f}, {pages[-1]:.1f}",
            "page and first click, s: median, worst": f"{statistics.median(clicks):.1f}, {clicks[-1]:.1f}",
            "newcomers": f"{len(self.clicks)}",
            "messages to the server per second": f"{self.sent:.0f}",
            "from the server, kB/s": f"{self.received:.0f}",
            "cores kept busy: pages, all": f"{self.server_cores:.2f}, {self.cores:.2f}",
            "memory, MB: one visitor, all": f"{self.before:.0f}, {self.after:.0f}",
            "load of the machine": f"{self.load:.1f}",
            **self._browser_rows(),
        }

    def _browser_rows(self) -> dict[str, str]:
        if not self.browsers:
            return {}
        times = sorted(self.browsers)
        middle = statistics.median(times)
        return {
            "a page in a real browser, s: median, worst": f"{middle:.1f}, {times[-1]:.1f}",
            "pages that the browsers opened": f"{len(times)}",
            "all runs together beside the browsers, steps/s": f"{self.beside:.1f}",
        }


def order(number: int, steps: int) -> str:
    """The query of a run that no other visitor starts, and that does not succeed."""
    picture = PICTURES[number % len(PICTURES)].replace(" ", "+")
    return f"lab_picture={picture}&lab_masw_steps={steps}&lab_masw_tau=0.01&lab_seed={number + 1}"


async def start(visitor: Visitor, number: int, steps: int, delay: float = 0.0) -> None:
    await asyncio.sleep(delay)
    await visitor.open("attack_lab", order(number, steps), patience=600)
    await visitor.run(RUN)


async def newcomer(server: Server, page: str, figures: Figures) -> None:
    """Open a page and click once; Home's click leads to the lab. Whoever loses patience counts as that."""
    opened = clicked = PATIENCE
    try:
        async with Visitor(server.address) as visitor:
            opened = await visitor.open(page, patience=PATIENCE)
            if click := FIRST_CLICKS[page]:
                clicked = opened + await visitor.set_number(*click, PATIENCE)
            else:
                clicked = opened + await visitor.open("attack_lab", patience=PATIENCE)
    except TimeoutError:
        clicked = max(opened, PATIENCE)
    figures.pages.append(opened)
    figures.clicks.append(min(clicked, PATIENCE))


async def measure(
    server: Server, figures: Figures, sessions: int, seconds: float, steps: int, browsers: int = 0
) -> None:
    """Fill in the figures of a server that nobody has visited."""
    async with Visitor(server.address) as first:
        figures.cold_home = await first.open("")
        for page in FIRST_CLICKS:  # what is imported and loaded once
            await first.open(page)
        await start(first, 0, 2)
        await asyncio.wait_for(first.until_ended(), 60)
        await start(first, 0, 1000)
        await asyncio.sleep(2)
        figures.before, reached, began = server.megabytes(), first.reached, time.monotonic()
        await asyncio.sleep(seconds / 2)
        figures.alone = (first.reached - reached) / (time.monotonic() - began)
    async with AsyncExitStack() as stack:
        visitors = [await stack.enter_async_context(Visitor(server.address)) for _ in range(sessions)]
        starts = [asyncio.create_task(start(one, n, steps, n * 0.3)) for n, one in enumerate(visitors)]
        await asyncio.wait(starts, timeout=45)
        await _window(server, figures, visitors, seconds)
        figures.after = server.megabytes()
        if browsers:
            await _beside(server, figures, visitors, browsers, seconds)
        for one in starts:
            one.cancel()


async def _beside(server: Server, figures: Figures, visitors: list[Visitor], browsers: int, seconds: float) -> None:
    """Real browsers open pages while the class goes on."""
    made, began = sum(one.total for one in visitors), time.monotonic()
    figures.browsers = await page_seconds(server.address, browsers, seconds)
    figures.beside = (sum(one.total for one in visitors) - made) / (time.monotonic() - began)


async def _window(server: Server, figures: Figures, visitors: list[Visitor], seconds: float) -> None:
    def state() -> tuple[float, ...]:
        sums = [sum(getattr(one, name) for one in visitors) for name in ("total", "sent", "bytes")]
        return (time.monotonic(), server.processor_seconds(), server.first_processor_seconds(), *sums)

    before = state()
    newcomers = []
    for page in itertools.islice(itertools.cycle(FIRST_CLICKS), int(seconds / EVERY)):
        newcomers.append(asyncio.create_task(newcomer(server, page, figures)))
        await asyncio.sleep(EVERY)
    took, computed, drawn, made, sent, received = (now - then for now, then in zip(state(), before, strict=True))
    figures.together, figures.cores, figures.server_cores = made / took, computed / took, drawn / took
    figures.sent, figures.received = sent / took, received / took / 1000
    figures.started = sum(bool(one.total) for one in visitors)
    figures.ended = sum(one.ended for one in visitors)
    figures.lost = sum("alert" in one.said for one in visitors)
    figures.load = machine_load()
    await asyncio.gather(*newcomers)


def table(columns: dict[str, list[Figures]]) -> str:
    """One column per turn of a checkout."""
    turns = {f"{name}{f' ({n + 1})' if len(many) > 1 else ''}": one.rows() for name, many in columns.items()
             for n, one in enumerate(many)}  # fmt: skip
    head = f"| | {' | '.join(turns)} |\n|---|{'---|' * len(turns)}\n"
    rows = next(iter(turns.values()))
    return head + "".join(f"| {row} | {' | '.join(cells[row] for cells in turns.values())} |\n" for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--app", action="append", help="a checkout, or NAME=checkout; several are measured in turns")
    parser.add_argument("--sessions", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--steps", type=int, default=120, help="of each run")
    parser.add_argument("--browsers", type=int, default=0, help="real ones, in a second window")
    parser.add_argument("--turns", type=int, default=1)
    arguments: Any = parser.parse_args()
    apps = [text.rpartition("=") for text in arguments.app or [f"here={ROOT}"]]
    columns: dict[str, list[Figures]] = {name or Path(folder).resolve().name: [] for name, _, folder in apps}
    for _ in range(arguments.turns):
        for name, _, folder in apps:
            figures = Figures()
            with explorer(Path(folder).resolve()) as server:
                times = (arguments.sessions, arguments.seconds, arguments.steps, arguments.browsers)
                asyncio.run(measure(server, figures, *times))
            columns[name or Path(folder).resolve().name].append(figures)
            print(table(columns), flush=True)


if __name__ == "__main__":
    main()
