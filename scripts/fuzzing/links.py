"""Hostile links: parameters of every page with values that no widget has, and parameters that there are not."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from masw_core.assets import explorer_folder
from masw_core.attacks import list_attacks
from masw_core.toy.names import PROBLEM_TITLES
from pages.shared.lesson import LESSON, PRESENT
from pages.shared.links import ALL_LINKS, LAB, LEARN, PLAYGROUND, PageLinks
from scripts.fuzzing.damage import word
from scripts.fuzzing.reader import Reader

from streamlit.testing.v1 import AppTest

PAGES: tuple[PageLinks, ...] = (*ALL_LINKS, LEARN)
LIKELY = ("0", "1", "3", "5", "-1", "1e9", "1e400", "-inf", "nan", "2.5", "true", "Worst case", "masw", "spw", "cow")
OWN = ("Scenes", "Photo tagger", "Your own file", "Over tau", "Paint data", "Compare two points", "Upload a picture")
SECONDS = 60
ADDRESS_PAGE = Path(__file__).parent / "address_page.py"


class Broken(Exception):
    """A page showed a traceback."""


def _hostile(dice: Random) -> tuple[PageLinks, dict[str, Any]]:
    page = dice.choice(PAGES)
    keys = [*page.parameters(), LESSON, PRESENT, f"{page.prefix}_", f"{page.prefix}_{word(dice)}"]
    if page is LAB:
        attack = dice.choice(list_attacks())
        keys += [LAB.setting(attack.name, setting.name).key for setting in attack.settings]
        keys += [LAB.preset(attack.name).key] * 3
    if page is PLAYGROUND:
        problem = dice.choice(list(PROBLEM_TITLES))
        keys += [PLAYGROUND.of_problem(problem, name).key for name in ("x1", "x2", "true", "target", "k", "z")]
    query: dict[str, Any] = {}
    for _ in range(dice.choice((1, 2, 4, 8, 20))):
        texts = [_text(dice) for _ in range(dice.choice((1, 1, 1, 2, 30)))]
        query[dice.choice(keys)] = texts if len(texts) > 1 else texts[0]
    return page, query


def _text(dice: Random) -> str:
    return dice.choice((word(dice), dice.choice(LIKELY), dice.choice(LIKELY), dice.choice(OWN)))


def _read_address(case: tuple[PageLinks, dict[str, Any]]) -> None:
    at = AppTest.from_file(str(ADDRESS_PAGE), default_timeout=SECONDS)
    _run(at, case[1])


def _read_page(case: tuple[PageLinks, dict[str, Any]]) -> None:
    page, query = case
    at = AppTest.from_file(str(explorer_folder() / "app.py"), default_timeout=SECONDS)
    _run(at, query)
    at.switch_page(page.file).run()
    _refuse_traceback(at)


def _run(at: AppTest, query: dict[str, Any]) -> None:
    for name, text in query.items():
        at.query_params[name] = text
    at.run()
    _refuse_traceback(at)


def _refuse_traceback(at: AppTest) -> None:
    for one in at.exception:
        raise Broken(f"{one.message} {' '.join(one.stack_trace[-1:])}")


LINKS = Reader("links", _hostile, _read_address, ())
WHOLE_PAGES = Reader("whole pages by link", _hostile, _read_page, (), share=10)
