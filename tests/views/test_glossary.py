"""The glossary: complete, unambiguous, and what the pages' tooltips are made of."""

from __future__ import annotations

import ast
from pathlib import Path

from masw_core.attacks import attack_info
from masw_core.views.glossary import GLOSSARY, found, has_term, tooltip

import pytest

PAGES = Path(__file__).parents[2] / "pages"
CALLS = [
    (file, node)
    for file in sorted(PAGES.rglob("*.py"))
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "tooltip"
]


def test_every_term_that_a_page_uses_is_there():
    used = {argument.value for _, call in CALLS for argument in call.args if isinstance(argument, ast.Constant)}
    assert len(used) >= 20
    assert [key for key in used if not has_term(key)] == []


def test_keys_symbols_and_names_are_unambiguous():
    for column in ("key", "symbol", "name"):
        values = [value for row in GLOSSARY if (value := getattr(row, column))]
        assert len(values) == len(set(values)), column


@pytest.mark.parametrize("row", GLOSSARY, ids=lambda row: row.key)
def test_a_row_is_one_or_two_sentences_that_fit_a_tooltip(row):
    assert row.sentence.endswith(".")
    assert row.sentence.count(". ") <= 1
    assert len(row.sentence) <= 230


@pytest.mark.parametrize("symbol", ["epsilon0", "eta", "tau", "lambda1", "lambda2", "nu", "margin", "steps"])
def test_the_symbols_among_masws_settings_are_explained(symbol):
    assert symbol in {setting.name for setting in attack_info("masw").settings}
    assert has_term(symbol)


def test_a_tooltip_has_its_terms_and_what_is_particular():
    text = tooltip("lc", "slc", more="Lower is better.")
    lines = text.split("  \n")
    assert [line[:6] for line in lines[:2]] == ["**LC, ", "**SLC,"]
    assert lines[2] == "Lower is better."
    with pytest.raises(KeyError):
        tooltip("nonsense")


def test_a_star_in_a_symbol_is_no_markup():
    assert tooltip("best").startswith(r"**z\*, ")


def test_searching_asks_for_every_word():
    assert found("") == list(GLOSSARY)
    assert {row.key for row in found("LABEL flip rate")} == {"lfr"}
    assert found("nothing like this") == []
