"""Two runs under one cursor: curves of both, numbers of the shown step, and a sentence on what was won and lost."""

from __future__ import annotations

import json

from masw_core import load_attack, make_goal, run
from masw_core.views import what_if
from masw_core.views.rows import constraint_name

import numpy as np
import plotly.graph_objects as go
import pytest


@pytest.fixture
def two(tagger, images, true):
    """A run, the same with one constraint left out, and the column of that constraint."""
    goal = make_goal("worst", true[:1], 2, tagger(images[:1]).detach())
    common = {"steps": 20, "tau": 1.2}
    first = run(load_attack("masw", **common), tagger, images[:1], goal, stop="never", trace=True).traces[0]
    column = int(np.argmax(first.slack[0]))
    by_hand = {"weighting": "manual", "manual_weights": {what_if.notation(first, column): 0.0}}
    attack = load_attack("masw", **by_hand, **common)
    return first, run(attack, tagger, images[:1], goal, stop="never", trace=True).traces[0], column


def test_both_runs_have_a_curve_per_quantity(two):
    first, second, column = two
    spec = json.loads(json.dumps(what_if.curves(first, second, 3, [column])))
    go.Figure(spec)
    lines = {(line["yaxis"], line["line"]["dash"]): line["y"] for line in spec["data"]}
    assert len(spec["data"]) == len(lines) == 6
    label = first.header["label"][column]
    for trace, dash in ((first, "dot"), (second, "solid")):
        for axis, values in (
            ("y", trace.failure),
            ("y2", trace.slack[:, column]),
            ("y3", trace.probabilities[:, label]),
        ):
            np.testing.assert_allclose(lines[axis, dash], values, rtol=1e-3, atol=1e-6)
    assert any(shape.get("x0") == shape.get("x1") == 3 for shape in spec["layout"]["shapes"])


def test_numbers_are_those_of_the_step(two):
    first, second, column = two
    rows = {row[""]: row for row in what_if.numbers(first, second, 7, [column])}
    name = constraint_name(first, column)
    assert rows[f"slack: {name}"]["by hand"] == f"{second.slack[7, column]:.3f}"
    assert rows[f"slack: {name}"]["as it ran"] == f"{first.slack[7, column]:.3f}"
    assert rows[f"weight: {name}"]["by hand"] == "0.000"
    assert rows["failure degree"]["as it ran"] == f"{first.failure[7]:.3f}"


def test_the_sentence_counts_what_holds_and_names_what_changed(two):
    first, second, _ = two
    step = len(first) - 1
    said = what_if.verdict(first, second, step)
    before, now = first.constraints[step] >= 0, second.constraints[step] >= 0
    assert f"{now.sum()} of {len(now)} constraints are met by hand and {before.sum()} as it ran" in said
    for column in np.flatnonzero(before != now):
        assert constraint_name(first, column) in said
    assert "They are the same ones; the failure degree is the same." in what_if.verdict(first, second, 0)


def test_a_run_that_goes_on_is_read_where_it_stands(two):
    first, second, column = two
    rows = {row[""]: row for row in what_if.numbers(first, second[:5], 15, [column])}
    assert rows["norm"]["by hand"] == f"{second.norm[4]:.3f}"
    assert what_if.verdict(first, second[:5], 15).startswith("At step 4, ")


def test_many_changed_constraints_share_five_curves(two):
    first, second, _ = two
    columns = list(range(len(first.header["label"])))
    spec = what_if.curves(first, second, 0, columns)
    assert len({line["name"] for line in spec["data"] if line["yaxis"] == "y2"}) == 2 * what_if.MOST
    assert len(what_if.numbers(first, second, 0, columns)) > 2 * len(columns)
