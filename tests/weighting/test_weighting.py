"""Weighting: SPW is a Huber loss, epsilon stays in its range, and lines 5-6 of Algorithm 1 are followed."""

from masw_core.weighting.rules import (
    WEIGHTINGS,
    HardThreshold,
    Manual,
    Pace,
    SelfPacedLearning,
    SelfPacedWeighting,
    make_weighting,
)

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

slacks = st.lists(st.floats(0, 5), min_size=1, max_size=6).map(lambda v: torch.tensor([v], dtype=torch.float64))


@given(slacks, st.floats(1e-3, 3))
def test_spw_is_a_huber_loss(slack, epsilon):
    """The pull w * slack of Eq. 24 is the gradient of Huber's loss with knee epsilon, min(slack, epsilon)."""
    weights = SelfPacedWeighting().weights(slack, torch.tensor([epsilon], dtype=torch.float64))
    argument = slack.clone().requires_grad_()
    loss = torch.nn.functional.huber_loss(argument, torch.zeros_like(slack), reduction="sum", delta=epsilon)
    (huber,) = torch.autograd.grad(loss, argument)
    torch.testing.assert_close(weights * slack, huber)


@given(slacks, st.floats(1e-3, 3), st.sampled_from(WEIGHTINGS))
def test_weights_lie_between_zero_and_one(slack, epsilon, name):
    weights = make_weighting(name).weights(slack, torch.tensor([epsilon], dtype=torch.float64))
    assert bool(((weights >= 0) & (weights <= 1)).all())
    assert bool((weights[slack == 0] == 1).all())


@given(st.lists(st.booleans(), max_size=300), st.floats(1.001, 1.5), st.floats(1e-4, 1))
def test_epsilon_stays_between_its_start_and_unbroken_growth(path, eta, start):
    rule, epsilon0 = SelfPacedWeighting(eta), torch.tensor([start], dtype=torch.float64)
    pace = Pace.start(epsilon0)
    for step, fell in enumerate(path, 1):
        pace = rule.advance(pace, torch.tensor([fell]))
        assert start * (1 - 1e-9) <= pace.epsilon.item() <= start * eta**step * (1 + 1e-9)


def test_epsilon_follows_lines_5_and_6_on_a_scripted_lagrangian():
    """L = 5 4 6 3 3 2: falls, falls, rises, falls (against the best, 4), stalls, falls."""
    eta, rule = 1.1, SelfPacedWeighting(1.1)
    pace, best = Pace.start(torch.tensor([1.0], dtype=torch.float64)), float("inf")
    epsilon, before = 1.0, 1.0  # epsilon^{t-1} and epsilon^{t-2}, by hand
    for value in (5, 4, 6, 3, 3, 2):
        fell = value < best
        if fell:
            best, epsilon, before = value, epsilon * eta, epsilon
        else:
            epsilon = (epsilon + before) / 2
        pace = rule.advance(pace, torch.tensor([fell]))
        assert pace.epsilon.item() == pytest.approx(epsilon)


def test_repeated_failures_walk_back_to_the_anchor():
    rule = SelfPacedWeighting(2.0)
    pace = rule.advance(Pace.start(torch.tensor([1.0], dtype=torch.float64)), torch.tensor([True]))
    for _ in range(60):
        pace = rule.advance(pace, torch.tensor([False]))
    assert pace.epsilon.item() == pytest.approx(1.0)


def test_self_paced_learning_grows_whatever_happens():
    rule, pace = SelfPacedLearning(1.5), Pace.start(torch.tensor([1.0, 1.0]))
    assert rule.advance(pace, torch.tensor([True, False])).epsilon.tolist() == [1.5, 1.5]


def test_hard_threshold_leaves_difficult_constraints_out():
    weights = HardThreshold().weights(torch.tensor([[0.1, 0.5, 0.9]]), torch.tensor([0.5]))
    assert weights.tolist() == [[1, 1, 0]]


def test_manual_weights_touch_only_the_hardest():
    weights = Manual(factor=0.25, hardest=2).weights(torch.tensor([[0.1, 0.7, 0.3, 0.0]]), torch.ones(1))
    assert weights.tolist() == [[1, 0.25, 0.25, 1]]


def test_unknown_names_are_refused_in_one_sentence():
    with pytest.raises(ValueError, match=f"Unknown weighting 'magic': choose one of {', '.join(WEIGHTINGS)}"):
        make_weighting("magic")


def test_satisfied_constraints_are_not_among_the_hardest_however_many_may_be():
    """Two of four constraints are violated; five would count as hardest."""
    slack = torch.tensor([[0.0, 0.7, 0.0, 0.3]])
    assert Manual(factor=0.25, hardest=5).weights(slack, torch.ones(1)).tolist() == [[1, 0.25, 1, 0.25]]


def test_by_hand_means_a_tenth_on_the_five_hardest_if_nothing_is_said():
    slack = torch.arange(7.0)[None]
    for rule in (Manual(), make_weighting("manual")):
        torch.testing.assert_close(rule.weights(slack, torch.ones(1)), torch.tensor([[1, 1] + [0.1] * 5]))


@pytest.mark.parametrize("name", WEIGHTINGS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_weights_are_numbers_of_the_slacks_own_type(name, dtype):
    slack = torch.tensor([[0.0, 0.5, 2.0]], dtype=dtype)
    weights = make_weighting(name).weights(slack, torch.ones(1, dtype=dtype))
    assert (weights.dtype, weights.shape) == (dtype, slack.shape)


@pytest.mark.parametrize("name", ["fixed", "threshold", "uniform", "manual"])
def test_rules_without_a_pace_leave_epsilon_where_it_is(name):
    pace = Pace.start(torch.tensor([1.0, 2.0]))
    assert make_weighting(name).advance(pace, torch.tensor([True, False])) is pace


@pytest.mark.parametrize("name", ["spw", "spl"])
def test_epsilon_grows_by_one_percent_if_nothing_is_said_and_remembers_where_it_was(name):
    alone = {"spw": SelfPacedWeighting, "spl": SelfPacedLearning}[name]
    for rule, eta in ((alone(), 1.01), (make_weighting(name), 1.01), (make_weighting(name, eta=1.3), 1.3)):
        pace = rule.advance(Pace.start(torch.tensor([2.0], dtype=torch.float64)), torch.tensor([True]))
        assert pace.epsilon.item() == pytest.approx(2.0 * eta)
        assert pace.previous.item() == 2.0


def test_samples_pace_on_their_own():
    pace = SelfPacedWeighting(2.0).advance(Pace.start(torch.tensor([1.0, 1.0, 4.0])), torch.tensor([True, False, True]))
    assert pace.epsilon.tolist() == [2.0, 1.0, 8.0]
    kept = pace[torch.tensor([False, True, True])]
    assert (kept.epsilon.tolist(), kept.previous.tolist()) == ([1.0, 8.0], [1.0, 4.0])


def test_a_rule_by_name_has_the_settings_that_it_was_given():
    slack = torch.tensor([[0.0, 0.7, 0.1, 0.3]])
    weights = make_weighting("manual", factor=0.5, hardest=1).weights(slack, torch.ones(1))
    assert weights.tolist() == [[1, 0.5, 1, 1]]
