"""Target selection: best, random and worst; seeded; never a true label."""

from masw_core import choose_targets, make_goal
from masw_core.task.targets import predicted_labels

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


def test_only_who_asks_for_low_attack_cost_keeps_labels():
    assert make_goal("best", torch.eye(2, 6), 2, torch.randn(2, 6)).keep is None


def test_a_case_that_does_not_exist_gets_a_sentence_that_names_those_that_do():
    with pytest.raises(ValueError, match="Unknown case 'sideways': choose one of untargeted, best, random, worst"):
        make_goal("sideways", torch.eye(2, 6), 2, torch.randn(2, 6))


def goal_target(true: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
    return choose_targets("best", scores, true, 2)


def test_predicted_labels_are_those_from_zero_on_and_the_highest_where_there_is_none():
    scores = torch.tensor([[0.5, -1.0, 0.0], [-3.0, -1.0, -2.0], [2.0, 0.25, -0.1]])
    expected = [[True, False, True], [False, True, False], [True, True, False]]
    assert predicted_labels(scores).tolist() == expected
    assert predicted_labels(scores).dtype == torch.bool
    for row in range(3):  # an image keeps its labels whatever batch it is in
        assert predicted_labels(scores[row : row + 1]).tolist() == [expected[row]]


def test_a_seed_for_every_image_or_one_for_all():
    scores, true = torch.zeros(3, 6), torch.zeros(3, 6, dtype=torch.bool)
    with pytest.raises(ValueError, match="There are 3 images but 2 seeds: give one seed, or one per image"):
        choose_targets("random", scores, true, 2, seed=[0, 1])


def test_without_a_word_the_seed_is_zero():
    scores, true = torch.zeros(5, 9), torch.zeros(5, 9, dtype=torch.bool)
    chosen, other = (choose_targets("random", scores, true, 3, seed=seed) for seed in (0, 1))
    assert not torch.equal(chosen, other)
    assert torch.equal(choose_targets("random", scores, true, 3), chosen)
    assert torch.equal(make_goal("random", true, 3, scores).target, chosen)
    assert torch.equal(make_goal("random", true, 3, scores, seed=1).target, other)


@pytest.mark.parametrize("case", ["best", "random", "worst"])
def test_no_images_have_no_targets(case):
    assert choose_targets(case, torch.zeros(0, 6), torch.zeros(0, 6, dtype=torch.bool), 2).shape == (0, 6)


@pytest.mark.parametrize("case", ["best", "worst"])
def test_at_ties_the_lower_label_is_chosen(case):
    scores, true = torch.zeros(1, 40), torch.zeros(1, 40, dtype=torch.bool)
    true[0, 1] = True
    assert choose_targets(case, scores, true, 3).nonzero()[:, 1].tolist() == [0, 2, 3]


def test_every_free_label_may_be_a_target_in_the_random_case():
    true = torch.tensor([[True, False, True, False, False]])
    assert torch.equal(choose_targets("random", torch.zeros(1, 5), true, 3), ~true)


def test_the_image_with_the_fewest_free_labels_decides_whether_k_fits():
    true = torch.tensor([[True, False, False, False], [True, True, True, False]])
    with pytest.raises(ValueError, match="k = 2 targets are impossible: an image has only 1 labels that are not true"):
        choose_targets("best", torch.zeros(2, 4), true, 2)
    assert choose_targets("best", torch.zeros(2, 4), true, 1).tolist()[1] == [False, False, False, True]
