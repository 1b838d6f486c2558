"""Target selection: best, random and worst; seeded; never a true label."""

from masw_core import choose_targets, make_goal

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st


@given(st.sampled_from(["best", "random", "worst"]), st.integers(1, 5), st.integers(0, 10_000))
def test_targets_are_k_labels_and_never_true_ones(case, k, seed):
    generator = torch.Generator().manual_seed(seed)
    scores, true = torch.randn(7, 9, generator=generator), torch.rand(7, 9, generator=generator) > 0.6

    true[:, :5] = False
    target = choose_targets(case, scores, true, k, seed=seed)
    assert bool((target.sum(1) == k).all())
    assert not bool((target & true).any())
    assert torch.equal(target, choose_targets(case, scores, true, k, seed=seed))


def test_best_takes_the_highest_and_worst_the_lowest_free_labels():
    scores, true = torch.tensor([[5.0, 4, 3, 2, 1]]), torch.tensor([[True, False, False, False, False]])
    assert choose_targets("best", scores, true, 2).tolist() == [[False, True, True, False, False]]
    assert choose_targets("worst", scores, true, 2).tolist() == [[False, False, False, True, True]]


def test_random_targets_differ_between_rows_and_follow_a_samples_own_seed():
    scores, true = torch.zeros(50, 20), torch.zeros(50, 20, dtype=torch.bool)
    target = choose_targets("random", scores, true, 3, seed=0)
    assert len({tuple(row.tolist()) for row in target}) > 30
    alone = choose_targets("random", scores[:1], true[:1], 3, seed=[17])
    among = choose_targets("random", scores[:3], true[:3], 3, seed=[4, 17, 9])
    assert torch.equal(alone[0], among[1])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("sideways", 2), "Unknown case"),
        (("best", 5), "only 4 labels"),
    ],
)
def test_impossible_requests_get_one_sentence(arguments, words):
    case, k = arguments
    scores, true = torch.zeros(1, 5), torch.tensor([[True, False, False, False, False]])
    with pytest.raises(ValueError, match=words):
        choose_targets(case, scores, true, k)


def test_goals_of_all_four_cases():
    scores, true = torch.randn(3, 6), torch.zeros(3, 6, dtype=torch.bool)
    true[:, 0] = True
    for case in ("untargeted", "best", "random", "worst"):
        goal = make_goal(case, true, 2, scores)
        assert goal.case == case
        assert goal.is_targeted == (case != "untargeted")
    assert torch.equal(make_goal("best", true, 2, scores, attack_cost=True).keep, ~(true | goal_target(true, scores)))
    with pytest.raises(ValueError, match="targeted cases"):
        make_goal("untargeted", true, 2, scores, attack_cost=True)
    with pytest.raises(ValueError, match="clean_scores"):
        make_goal("best", true, 2)


def goal_target(true: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
    return choose_targets("best", scores, true, 2)
