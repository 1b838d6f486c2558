"""Hostile settings: as JSON of a bundle says them, and as somebody types them after ``--set``."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from masw_core import attack_info, list_attacks, load_attack
from masw_core.settings import as_json, from_json, settings_from
from masw_core.trace.archive import ArchiveError, read_json
from scripts.fuzzing.damage import twisted, value, word
from scripts.fuzzing.reader import Reader

TYPED = ("(" * 500, "-" * 5000 + "1", "[" * 300, "{" * 300, "1j", "b'x'", "{1:2}", "'a'*3", "9" * 5000, "(1,2)", "\\")


def _said(dice: Random) -> tuple[str, str]:
    attack = dice.choice([info.name for info in list_attacks()])
    said: Any = as_json(load_attack(attack).config())
    for _ in range(dice.choice((1, 1, 2, 3))):
        said = twisted(said, dice)
    return attack, json.dumps(said)


def _read_said(case: tuple[str, str]) -> None:
    attack, text = case
    said = read_json(text)
    if isinstance(said, dict):
        load_attack(attack, **from_json(said, attack_info(attack).settings))


def _typed(dice: Random) -> tuple[str, list[str]]:
    info = dice.choice(list_attacks())
    pairs = []
    for _ in range(dice.choice((1, 1, 2))):
        name = dice.choice([setting.name for setting in info.settings] + [word(dice)])
        text = dice.choice((word(dice), str(value(dice)), dice.choice(TYPED)))
        pairs.append(f"{name}={text}" if dice.random() < 0.95 else text)
    return info.name, pairs


def _read_typed(case: tuple[str, list[str]]) -> None:
    attack, pairs = case
    load_attack(attack, **settings_from(pairs))


SAID = Reader("settings in JSON", _said, _read_said, (ValueError, ArchiveError))
TYPED_SETTINGS = Reader("settings after --set", _typed, _read_typed, (ValueError,))
