"""Fig. 1: the trained networks say exactly what the paper reports, the old measures tie and the new ones do not."""

from __future__ import annotations

from masw_core.task import measures
from masw_core.toy import load_toy

import pytest
import torch

THIRD = 1 / 3


def at_points(name):
    """The problem, its scores at the clean point and both candidates, and its measures there."""
    toy = load_toy(name)
    with torch.no_grad():
        scores = toy.model(torch.cat([toy.start[None], toy.candidates]))
    goal = toy.goal[torch.zeros(3, dtype=torch.long)]
    return toy, scores, measures.of_goal(goal, scores, scores[:1].expand_as(scores))


def names(toy, mask):
    return {label for label, chosen in zip(toy.model.labels, mask.tolist(), strict=True) if chosen}


def top(toy, scores):
    return [names(toy, row) for row in measures.top_k(scores, toy.goal.k)]


def on(toy, scores):
    return [names(toy, row) for row in scores >= 0]


def test_a_label_consistency_ties_where_soft_label_consistency_does_not():
    toy, scores, found = at_points("fig1a")
    assert names(toy, toy.goal.true[0]) == {"2", "3", "4"}
    assert toy.goal.k == 3
    assert not toy.goal.is_targeted
    assert top(toy, scores) == [{"2", "3", "4"}, {"1", "2", "3"}, {"5", "6", "4"}]
    assert found["lc"].tolist()[1:] == [0, 0]
    assert found["slc"].tolist()[1:] == pytest.approx([2 * THIRD, THIRD])


def test_a_the_worse_candidate_is_the_nearer_one():
    toy = load_toy("fig1a")
    near, far = (toy.candidates - toy.start).norm(dim=1)
    assert near < far


def test_b_label_flip_ties_where_soft_label_flip_does_not():
    toy, scores, found = at_points("fig1b")
    true = names(toy, toy.goal.true[0])
    assert true == {"1", "4", "5"}
    assert [row & true for row in on(toy, scores)] == [{"1", "4", "5"}, {"1"}, {"1", "5"}]
    assert found["lf"].tolist()[1:] == [1, 1]
    assert found["slf"].tolist()[1:] == pytest.approx([THIRD, 2 * THIRD])


def test_c_attack_cost_ties_where_soft_attack_cost_does_not():
    toy, scores, found = at_points("fig1c")
    irrelevant = names(toy, toy.goal.irrelevant[0])
    assert names(toy, toy.goal.true[0]) == {"6", "7"}
    assert names(toy, toy.goal.target[0]) == {"2", "8"}
    assert toy.goal.k == 2
    assert irrelevant == {"1", "4", "5"}
    clean, first, second = (row & irrelevant for row in on(toy, scores))
    assert clean == {"4", "5"}
    assert irrelevant - (clean ^ first) == set(), "candidate 1 changes all three"
    assert irrelevant - (clean ^ second) == {"1", "4"}, "candidate 2 keeps 1 and 4"
    assert found["ac"].tolist()[1:] == [1, 1]
    assert found["soft_ac"].tolist()[1:] == pytest.approx([1, THIRD])
    assert top(toy, scores) == [{"6", "7"}, {"2", "8"}, {"2", "8"}]


@pytest.mark.parametrize("name", ["fig1a", "fig1b", "fig1c"])
def test_probabilities_give_the_same_measures_as_logits(name):
    toy, scores, found = at_points(name)
    goal = toy.goal[torch.zeros(3, dtype=torch.long)]
    likely = scores.sigmoid()
    again = measures.of_goal(goal, likely, likely[:1].expand_as(likely), threshold=0.5)
    for measure, values in found.items():
        torch.testing.assert_close(again[measure], values)
