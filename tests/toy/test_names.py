"""What the playground offers is what the registry knows."""

from __future__ import annotations

from dataclasses import replace

from masw_core import attack_info, list_attacks
from masw_core.toy import LAYOUTS
from masw_core.toy.names import FILM_TITLES, attack_titles
from masw_core.toy.setup import Setup
from masw_core.views import toy_payload

import pytest

FILM = Setup("film", LAYOUTS["film"].start, LAYOUTS["film"].true, LAYOUTS["film"].k, steps=12)
TARGETED = Setup("fig1c", (0.0, 0.5), ("6", "7"), 2, ("2", "8"), steps=12)


def test_the_films_titles_are_those_of_the_registry_and_come_first():
    titles = attack_titles()
    assert list(titles)[: len(FILM_TITLES)] == list(FILM_TITLES)
    assert {name: attack_info(name).title for name in FILM_TITLES} == FILM_TITLES
    assert set(titles) == {info.name for info in list_attacks() if info.in_plane}


@pytest.mark.parametrize("name", attack_titles())
def test_every_attack_that_is_offered_runs_in_the_plane(name):
    for setup in (FILM, TARGETED):
        alone = replace(setup, attacks=(name,))
        case = "targeted" if setup.target else "untargeted"
        assert [trace.header["attack"] for _, _, trace in alone.run()] == [name] * attack_info(name).supports(case)
        for run in alone.run():
            assert toy_payload.run_payload(*run)["mark"] in toy_payload.MARKS


def test_marks_are_those_of_the_film():
    marks = {
        trace.header["attack"]: toy_payload.run_payload(key, title, trace)["mark"] for key, title, trace in FILM.run()
    }
    assert marks == {"masw": "circle", "tkml": "square", "pgd": "triangle", "kfool": "diamond"}
