"""A conflict in figures, rows and sentences: they say what the numbers say, in the order and names of all views."""

from __future__ import annotations

import json

from masw_core import Goal, load_attack, make_goal, run
from masw_core.one_picture.conflict import Conflict, conflict_at
from masw_core.views import conflict as views

import numpy as np
import plotly.graph_objects as go
import pytest
import torch


@pytest.fixture
def trace(tagger, images, true):
    goal = make_goal("worst", true[:1], 2, tagger(images[:1]).detach())
    return run(load_attack("masw", steps=6, tau=1.0), tagger, images[:1], goal, stop="never", trace=True).traces[0]


@pytest.fixture
def found(trace, tagger):
    return conflict_at(trace, 2, tagger)


def made(cosines, **more) -> Conflict:
    """A conflict with these cosines over the first constraints of a run; all else is quiet."""
    size = len(cosines)
    quiet = {
        "step": 2,
        "column": np.arange(size),
        "cosines": np.array(cosines, dtype=float),
        "shares": None,
        "rest": 0.0,
        "count": size,
        "weights": np.ones(size),
        "slack": np.ones(size),
        "given_up": np.zeros(size, dtype=bool),
        "gradients": None,
        "direction": None,
    }
    return Conflict(**{**quiet, **more})


def test_every_figure_is_plain_json_that_plotly_takes(trace, found):
    for spec in (views.matrix(trace, found), views.shares(trace, found)):
        go.Figure(json.loads(json.dumps(spec)))


def test_the_matrix_has_the_cosines_under_the_names_of_the_rows(trace, found):
    heat = views.matrix(trace, found)["data"][0]
    called = views.names(trace, found)
    for i, first in enumerate(called):
        for j, second in enumerate(called):
            shown = heat["z"][heat["y"].index(first)][heat["x"].index(second)]
            assert shown == pytest.approx(found.cosines[i, j], rel=1e-3, abs=1e-6)


def test_bars_rows_and_shares_are_the_same_numbers(trace, found):
    bars, rows = views.shares(trace, found)["data"][0], views.table(trace, found)
    assert sum(bars["x"]) == pytest.approx(100, abs=0.5)
    for row in rows:
        i = next(i for i, name in enumerate(bars["y"]) if name.removesuffix(" (given up)") == row["constraint"])
        assert bars["x"][i] == pytest.approx(100 * row["share of the step"], rel=1e-3, abs=1e-6)
        assert bars["y"][i].endswith("(given up)") == row["given up"]


def test_rows_name_the_rival_with_the_lowest_cosine(trace):
    rows = views.table(trace, made([[1, -0.4, 0.2], [-0.4, 1, -0.7], [0.2, -0.7, 1]]))
    called = views.names(trace, made(np.eye(3)))
    rivals = {row["constraint"]: (row["pulls most against"], row["cosine"]) for row in rows}
    assert rivals == {called[0]: (called[1], -0.4), called[1]: (called[2], -0.7), called[2]: (called[1], -0.7)}


def test_sentences_start_with_the_strongest_opposition(trace):
    conflict = made([[1, -0.41, 0.93], [-0.41, 1, 0.1], [0.93, 0.1, 1]])
    a, b, c = (f"“{name}”" for name in views.names(trace, conflict))
    assert views.sentences(trace, conflict) == [
        f"{b} pulls against {a} (-0.41).",
        f"{a} and {c} pull together (0.93).",
    ]


def test_sentences_say_who_makes_the_step_and_who_is_given_up(trace):
    conflict = made(np.eye(3), shares=np.array([0.8, 0.3, -0.1]), given_up=np.array([False, True, False]), count=7)
    said = " ".join(views.sentences(trace, conflict))
    a, b, c = (f"“{name}”" for name in views.names(trace, conflict))
    assert "No two constraints pull against each other" in said
    assert f"{a} makes 80% of the step, with weight 1.00." in said
    assert f"The step goes against {c} (share -10%)." in said
    assert f"Given up by the end of the run: {b}." in said
    assert "The 3 constraints with the most to say of 7 are listed." in said


def test_nothing_violated_is_one_sentence(trace):
    empty = made(np.zeros((0, 0)))
    assert views.sentences(trace, empty) == ["Every constraint is met at this step: nothing pulls."]
    assert views.table(trace, empty) == []


def test_an_attack_without_pulls_has_no_bars(tagger, images, true):
    goal = Goal.untargeted(true[:1], 2)
    trace = run(load_attack("pgd", steps=2, tau=1.0), tagger, images[:1], goal, stop="never", trace=True).traces[0]
    found = conflict_at(trace, 0, tagger)
    assert views.shares(trace, found) is None
    assert all(row["share of the step"] is None for row in views.table(trace, found))


def test_a_large_matrix_hides_its_numbers_behind_the_pointer(trace):
    columns = np.arange(10)
    assert "texttemplate" in views.matrix(trace, made(np.eye(10), column=columns))["data"][0]
    large = made(torch.eye(10).repeat(2, 2).numpy(), column=np.tile(columns, 2))
    assert "texttemplate" not in views.matrix(trace, large)["data"][0]
