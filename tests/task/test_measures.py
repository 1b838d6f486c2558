"""The measures: the numbers of Fig. 1, Proposition 1, and laws over random label sets."""

from masw_core import Goal
from masw_core.task import measures

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st


def labels(*names: int, classes: int = 8) -> torch.Tensor:
    """A (1, C) mask from the paper's label numbers, which start at 1."""
    mask = torch.zeros(1, classes, dtype=torch.bool)
    mask[0, [name - 1 for name in names]] = True
    return mask


def ranked(*names: int, classes: int = 8) -> torch.Tensor:
    """Scores whose highest are the named labels, in this order, above 0; the rest are below 0."""
    scores = -torch.arange(1, classes + 1, dtype=torch.float64)[None]
    for place, name in enumerate(names):
        scores[0, name - 1] = len(names) - place
    return scores


def test_fig_1a_label_consistency_ties_and_the_soft_one_does_not():
    true = labels(2, 3, 4)
    first, second = ranked(1, 2, 3), ranked(5, 6, 4)
    assert measures.lc(first, true, 3).item() == measures.lc(second, true, 3).item() == 0
    assert measures.slc(first, true, 3).item() == 2 / 3
    assert measures.slc(second, true, 3).item() == 1 / 3


def test_fig_1b_label_flip_ties_and_the_soft_one_does_not():
    true = labels(1, 4, 5)
    first, second = ranked(1), ranked(1, 5)
    assert measures.lf(first, true).item() == measures.lf(second, true).item() == 1
    assert measures.slf(first, true).item() == 1 / 3
    assert measures.slf(second, true).item() == 2 / 3


def test_fig_1c_attack_cost_ties_at_one_and_the_soft_one_does_not():
    irrelevant = labels(1, 4, 5)
    clean = ranked(6, 7, 4, 5)
    first, second = ranked(2, 8, 1), ranked(2, 8, 4)
    assert measures.ac(first, clean, irrelevant).item() == measures.ac(second, clean, irrelevant).item() == 1
    assert measures.soft_ac(first, clean, irrelevant).item() == 1
    assert measures.soft_ac(second, clean, irrelevant).item() == 1 / 3


def test_label_consistency_of_equal_sets_is_one_not_three():
    assert measures.lc(ranked(2, 3, 4), labels(2, 3, 4), 3).item() == 1


def test_probabilities_and_logits_give_the_same_measures():
    scores, true = torch.randn(50, 8, dtype=torch.float64), torch.rand(50, 8) > 0.6
    assert torch.equal(measures.slf(scores, true), measures.slf(scores.sigmoid(), true, threshold=0.5))
    assert torch.equal(measures.slc(scores, true, 3), measures.slc(scores.sigmoid(), true, 3))


@given(st.integers(0, 10_000), st.integers(1, 6))
def test_soft_measures_refine_the_old_ones(seed, k):
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(20, 8, generator=generator)
    clean = torch.randn(20, 8, generator=generator)
    true = torch.rand(20, 8, generator=generator) > 0.7
    some = true.any(1)
    slc, slf = measures.slc(scores, true, k), measures.slf(scores, true)
    soft_ac = measures.soft_ac(scores, clean, ~true)
    for value in (slc, slf, soft_ac):
        assert bool(((value >= 0) & (value <= 1)).all())
    assert torch.equal(measures.lf(scores, true), (slf > 0).to(slf))
    assert torch.equal(measures.ac(scores, clean, ~true), (soft_ac > 0).to(soft_ac))
    assert torch.equal(measures.lc(scores, true, k)[some], (slc[some] == 1).to(slc))


@given(st.integers(0, 10_000))
def test_failure_degree_is_zero_only_for_complete_success(seed):
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(30, 6, generator=generator)
    true = torch.zeros(30, 6, dtype=torch.bool)
    true[:, 0] = True
    target = torch.zeros_like(true)
    target[:, 1:3] = True
    for goal in (Goal.untargeted(true, 2), Goal.targeted(true, target, 2)):
        done = goal.success(scores) & (measures.slf(scores, true) == 0)
        assert torch.equal(measures.failure_degree(goal, scores) == 0, done)


def test_targeted_measures_are_of_the_targets():
    goal = Goal.targeted(labels(6, 7), labels(2, 8), 2)
    values = measures.of_goal(goal, ranked(2, 6), ranked(6, 7))
    assert values["slc"].item() == 0.5
    assert values["lc"].item() == 0


grid = st.sampled_from([-1.5, -0.5, 0.0, 0.25, 0.5, 1.0, 2.0])  # with ties, and scores on the threshold itself


@st.composite
def cases(draw) -> tuple[Goal, torch.Tensor, torch.Tensor]:
    """A goal of three images and six labels, with scores and clean scores; some images may have no true label."""
    rows = [draw(st.permutations(range(6))) for _ in range(3)]
    k, targeted = draw(st.integers(1, 3)), draw(st.booleans())
    true, target = torch.zeros(3, 6, dtype=torch.bool), torch.zeros(3, 6, dtype=torch.bool)
    for row, order in enumerate(rows):
        target[row, order[:k]] = True
        true[row, order[k : k + draw(st.integers(0, 6 - k))]] = True
    goal = Goal.targeted(true, target, k) if targeted else Goal.untargeted(true, k)
    scores = [[draw(grid) for _ in range(6)] for _ in range(6)]
    return goal, torch.tensor(scores[:3], dtype=torch.float64), torch.tensor(scores[3:], dtype=torch.float64)


def by_sets(goal: Goal, row: int, scores: list[float], clean: list[float], threshold: float) -> dict[str, float]:
    """Eqs. 1-3, 5, 6 and S.2 of one image as the paper writes them, with sets of labels."""

    def members(mask: torch.Tensor | None) -> set[int]:
        return set() if mask is None else set(mask[row].nonzero().flatten().tolist())

    true, target = members(goal.true), members(goal.target)
    labels = target if goal.is_targeted else true
    top = set(sorted(range(6), key=lambda label: -scores[label])[: goal.k])
    predicted, before = ({c for c in range(6) if values[c] >= threshold} for values in (scores, clean))
    still, others = true & predicted, set(range(6)) - true - target
    changed = others & (predicted ^ before)
    return {
        "lc": float(labels <= top or top <= labels),
        "slc": len(labels & top) / min(len(labels), goal.k) if labels else 0.0,
        "lf": float(bool(still)),
        "slf": len(still) / len(true) if true else 0.0,
        "ac": float(bool(changed)),
        "soft_ac": len(changed) / len(others) if others else 0.0,
    }


@given(cases(), st.sampled_from([0.0, 0.5]))
def test_all_six_measures_are_what_the_paper_says_of_sets_of_labels(case, threshold):
    goal, scores, clean = case
    values = measures.of_goal(goal, scores, clean, threshold)
    for row in range(3):
        expected = by_sets(goal, row, scores[row].tolist(), clean[row].tolist(), threshold)
        assert {name: value[row].item() for name, value in values.items()} == expected
        degree = measures.failure_degree(goal, scores, threshold)[row].item()
        slc = 1 - expected["slc"] if goal.is_targeted else expected["slc"]
        assert degree == slc + expected["slf"]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_measures_are_numbers_of_the_scores_own_type(dtype):
    goal, scores, clean = Goal.untargeted(labels(6, 7), 2), ranked(2, 6).to(dtype), ranked(6, 7).to(dtype)
    assert {value.dtype for value in measures.of_goal(goal, scores, clean).values()} == {dtype}
    assert measures.failure_degree(goal, scores).dtype == dtype


def test_scores_are_logits_unless_a_threshold_is_given():
    """A label of score 0.25 is predicted as a logit and not as a probability."""
    goal, scores, clean = Goal.untargeted(labels(1), 1), torch.full((1, 8), 0.25), torch.full((1, 8), -1.0)
    for threshold, there in ((None, 1), (0.5, 0)):
        given_threshold = () if threshold is None else (threshold,)
        values = measures.of_goal(goal, scores, clean, *given_threshold)
        alone = {
            "lf": measures.lf(scores, goal.true, *given_threshold),
            "slf": measures.slf(scores, goal.true, *given_threshold),
            "ac": measures.ac(scores, clean, goal.irrelevant, *given_threshold),
            "soft_ac": measures.soft_ac(scores, clean, goal.irrelevant, *given_threshold),
        }
        for name, value in alone.items():
            assert values[name].item() == value.item() == there
        assert measures.failure_degree(goal, scores, *given_threshold).item() == 1 + there


def test_at_ties_the_lower_label_is_in_the_top_k():
    assert measures.top_k(torch.zeros(2, 80), 2).nonzero().tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]


def test_one_irrelevant_label_that_changes_is_the_whole_soft_attack_cost():
    scores, clean = torch.tensor([[1.0, -1.0]]), torch.tensor([[-1.0, -1.0]])
    assert measures.soft_ac(scores, clean, torch.tensor([[True, False]])).item() == 1
