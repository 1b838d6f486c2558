"""Which rows are shown of 80 labels: nothing that matters is folded, the order is one, a search finds the rest."""

from __future__ import annotations

from masw_core import load_attack, make_goal, run
from masw_core.trace.trace import Trace
from masw_core.views import comparison, figures, payload, rows

import numpy as np
import pytest
import torch
from many_labels import LABELS, many_label_model


@pytest.fixture(
    scope="module", params=[("masw", "untargeted", 3), ("masw", "worst", 10), ("tkml", "worst", 5)], ids=str
)
def trace(request) -> Trace:
    attack, case, k = request.param
    model = many_label_model("many")
    x = torch.rand(1, 3, 24, 24, generator=torch.Generator().manual_seed(1)) * 2 - 1
    scores = model(x).detach()
    true = torch.zeros_like(scores, dtype=torch.bool)
    true[0, scores[0].topk(3).indices] = True
    goal = make_goal(case, true, k, scores)
    return run(load_attack(attack, steps=40, tau=4.0), model, x, goal, stop="never", trace=True).traces[0]


def test_every_label_and_constraint_has_its_row_once(trace):
    assert sorted(row.index for row in rows.label_rows(trace)) == list(range(80))
    columns = [row.column for row in rows.constraint_rows(trace)]
    assert sorted(columns) == list(range(len(trace.header["family"])))


def test_a_worst_case_has_a_rank_constraint_for_most_labels(trace):
    if trace.header["case"] == "worst":
        assert trace.header["family"].count("rank") >= 80 - trace.header["k"]


def test_true_labels_targets_and_whatever_is_in_the_top_k_are_never_folded(trace):
    top = {int(j) for scores in trace.scores for j in np.argsort(-scores, kind="stable")[: trace.header["k"]]}
    matter = {*trace.header["true"], *(trace.header["target"] or ()), *top}
    for ended in (True, False):
        assert matter <= {row.index for row in rows.label_rows(trace, ended) if not row.folded}
        about = [row for row in rows.constraint_rows(trace, ended) if trace.header["label"][row.column] in matter]
        assert not any(row.folded for row in about)


def test_movers_are_shown_and_most_of_80_labels_are_not(trace):
    shown = {row.index for row in rows.label_rows(trace) if not row.folded}
    assert rows.LIKELIEST <= len(shown) < 60
    moved = np.abs(trace.probabilities - trace.probabilities[0]).max(axis=0)
    folded = [j for j in range(80) if j not in shown]
    assert len(shown) >= rows.MOST or moved[folded].max() < rows.MOVED


def test_the_order_is_the_same_at_every_length_of_the_run(trace):
    whole = [row.index for row in rows.label_rows(trace)]
    bars = [row.column for row in rows.constraint_rows(trace)]
    for length in (1, 7, 20):
        assert [row.index for row in rows.label_rows(trace[:length])] == whole
        assert [row.column for row in rows.constraint_rows(trace[:length])] == bars


def test_while_a_run_goes_on_rows_appear_but_never_go(trace):
    before_labels, before_bars = set(), set()
    for length in range(1, len(trace) + 1):
        labels = {row.index for row in rows.label_rows(trace[:length], ended=False) if not row.folded}
        bars = {row.column for row in rows.constraint_rows(trace[:length], ended=False) if not row.folded}
        assert before_labels <= labels
        assert before_bars <= bars or len(bars) >= rows.MOST
        before_labels, before_bars = labels, bars


def test_a_search_finds_folded_rows_by_any_part_of_their_name(trace):
    labels = rows.label_rows(trace)
    assert {row.name for row in rows.picked(labels, "TOOL 7, dish 1")} == {
        name for name in LABELS if "tool 7" in name or "dish 1" in name
    }
    assert rows.picked(labels, "unicorn") == []
    assert rows.picked(labels, " , ") == rows.picked(labels)
    assert rows.picked(labels, every=True) == labels
    below = rows.picked(rows.constraint_rows(trace), "below")
    assert {trace.header["family"][row.column] for row in below} == {"flip"}


def test_figures_draw_what_was_found(trace):
    assert [line["name"] for line in figures.labels_over_time(trace, 3, "tool 7")["data"]][:-1] == ["tool 7"]
    assert len(figures.labels_over_time(trace, 3, every=True)["data"]) == 81
    every = figures.constraint_map(trace, 3, every=True)["data"][0]
    assert len(every["y"]) == len(trace.header["family"])


def test_a_run_that_goes_on_sends_only_what_is_shown(trace):
    live, ended = (payload.player_payload(trace, "run", live=live) for live in (True, False))
    assert not any(row["folded"] for row in live["rows"] + live["bars"])
    assert len(ended["rows"]) == live["labels"] == 80
    assert len(ended["bars"]) == live["constraints"] == len(trace.header["family"])


def test_a_comparison_shows_what_any_of_its_runs_shows(trace):
    traces = {"masw": trace, "cut": trace[:2]}
    table = comparison.confidences(traces, {"masw": 40, "cut": 1}, {"masw": "MASW", "cut": "Cut"})
    shown = {row.name for each in traces.values() for row in rows.label_rows(each) if not row.folded}
    assert set(table["label"]) == shown
    label = trace.header["labels"].index(table["label"][0])
    assert (table["MASW"][0], table["Cut"][0]) == (trace.probabilities[40, label], trace.probabilities[1, label])
    found = comparison.confidences(traces, {"masw": 40, "cut": 1}, {"masw": "MASW", "cut": "Cut"}, find="tool 7")
    assert found["label"] == ["tool 7"]
