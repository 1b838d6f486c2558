"""What MASW lowers, and its literal twin of Eq. 23: values by hand, minimisers by search, slopes by autograd."""

from __future__ import annotations

from masw_core import Goal
from masw_core.task.goals import Constraints
from masw_core.weighting.lagrangian import FORMS, WeightedLagrangian, balance, closed_form_slack
from masw_core.weighting.literal import LiteralLagrangian
from masw_core.weighting.pacing import NOT_STARTED

import pytest
import torch

LAMBDA1, LAMBDA2, NU = 0.3, 0.9, 0.7


@pytest.fixture
def constraints() -> Constraints:
    """Random rank, flip and keep constraints of three samples; some of each kind are masked."""
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(3, 5, generator=generator, dtype=torch.float64)
    true, target = torch.eye(3, 5).bool(), torch.eye(3, 5).bool().roll(2, 1)
    goal = Goal.targeted(true, target, 1, keep=~(true | target)).bound_to(-scores)
    return goal.constraints(scores)


@pytest.fixture
def weights(constraints) -> torch.Tensor:
    return torch.rand(constraints.values.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.fixture
def lambdas(constraints) -> torch.Tensor:
    rank = torch.tensor([name == "rank" for name in constraints.family])
    return LAMBDA1 * rank.double() + LAMBDA2 * (~rank).double()


def weighted(form):
    return WeightedLagrangian(form, LAMBDA1, LAMBDA2, NU)


literal = LiteralLagrangian(LAMBDA1, LAMBDA2, NU, length=0.2)


def test_closed_form_slack_is_the_least_that_satisfies_every_constraint(constraints):
    """CT + slack >= 0 with slack >= 0: the closed form satisfies it, and no smaller slack does; 0 where masked."""
    values, mask = constraints.values, constraints.mask
    slack = closed_form_slack(values, mask)
    assert bool((slack >= 0).all())
    assert bool((values + slack >= 0)[mask].all())
    assert bool((slack[mask] * (values + slack)[mask] == 0).all())
    assert not bool(slack[~mask].any())
    assert {bool(v) for v in (values[mask] < 0)} == {True, False}  # both kinds occur here
    assert bool((values[~mask] < 0).any())


def test_ranks_weigh_lambda_1_and_everything_else_lambda_2(constraints, lambdas):
    assert set(constraints.family) == {"rank", "flip", "keep"}
    assert torch.equal(balance(constraints, LAMBDA1, LAMBDA2), lambdas)
    for values in (constraints.values.float(), constraints.values.to("meta")):
        made = balance(constraints._replace(values=values), LAMBDA1, LAMBDA2)
        assert (made.dtype, made.device) == (values.dtype, values.device)


def test_each_form_is_its_sum(constraints, weights, lambdas):
    values, mask = constraints.values, constraints.mask
    slack = closed_form_slack(values, mask)
    pull = lambdas * weights
    gained = torch.stack([row[met].sum() for row, met in zip(values, mask & (values > 0), strict=True)])
    expected = {
        "quadratic": torch.einsum("bm,bm,bm->b", pull, slack, slack) / 2,
        "linear": torch.einsum("bm,bm->b", pull, slack),
    }
    expected["lagrangian"] = expected["quadratic"] - NU * gained
    assert set(expected) == set(FORMS)
    for form, value in expected.items():
        torch.testing.assert_close(weighted(form)(slack, values, constraints, weights), value)


@pytest.mark.parametrize("form", ["quadratic", "linear"])
def test_the_pull_on_a_constraint_is_lambda_times_weight_times_slack(form, constraints, weights, lambdas):
    """Eq. 17; in the linear form every violated constraint pulls with lambda w, however far off it is."""
    slack = closed_form_slack(constraints.values, constraints.mask)
    kept = slack if form == "quadratic" else (slack > 0).double()
    pulls = weighted(form).pulls(slack, constraints.values, constraints, weights)
    torch.testing.assert_close(pulls, lambdas * weights * kept)


def test_what_is_satisfied_pulls_with_nu_in_the_lagrangian_form(constraints, weights):
    slack = closed_form_slack(constraints.values, constraints.mask)
    pulls = weighted("lagrangian").pulls(slack, constraints.values, constraints, weights)
    met = constraints.mask & (constraints.values > 0)
    torch.testing.assert_close(pulls[met], torch.full_like(pulls[met], NU))
    assert not bool(pulls[~constraints.mask].any())


@pytest.mark.parametrize("lagrangian", [*map(weighted, FORMS), literal], ids=[*FORMS, "literal"])
def test_pulls_are_minus_the_derivative_of_the_lagrangian_by_the_constraints(lagrangian, constraints, weights):
    """At CT = 0 the linear form has a kink and no slope."""
    values = constraints.values.clone().requires_grad_()
    slack = lagrangian.slack(NOT_STARTED, values, constraints.mask)
    (slope,) = torch.autograd.grad(lagrangian(slack, values, constraints, weights).sum(), values)
    pulls = lagrangian.pulls(slack.detach(), constraints.values, constraints, weights)
    smooth = constraints.values != 0
    torch.testing.assert_close(pulls[smooth], -slope[smooth])


@pytest.mark.parametrize("form", FORMS)
def test_the_closed_form_keeps_no_slack_from_step_to_step(form, constraints, weights):
    """Whatever was free before, the slack is that of the values now."""
    lagrangian, far = weighted(form), torch.full_like(constraints.values, 9.0)
    slack = lagrangian.slack(far, constraints.values, constraints.mask)
    assert torch.equal(slack, closed_form_slack(constraints.values, constraints.mask))
    assert lagrangian.next_slack(slack, constraints, weights) is NOT_STARTED


def test_free_slack_starts_at_the_closed_form_and_is_then_its_own(constraints):
    values = constraints.values.clone().requires_grad_()
    start = literal.slack(NOT_STARTED, values, constraints.mask)
    assert torch.equal(start, closed_form_slack(constraints.values, constraints.mask))
    assert not start.requires_grad  # a variable of its own, no function of z
    free = torch.rand_like(constraints.values)
    assert literal.slack(free, values, constraints.mask) is free


def free_slack(constraints):
    free = torch.rand(constraints.values.shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    return free * constraints.mask


def test_eq_23_is_the_quadratic_minus_nu_times_what_slack_adds_up_to(constraints, weights, lambdas):
    slack, values, mask = free_slack(constraints), constraints.values, constraints.mask
    for row in range(len(values)):
        total = 0.0
        for column in mask[row].nonzero().flatten().tolist():
            w, s, v = (float(t[row, column]) for t in (lambdas * weights, slack, values))
            total += w * s * s / 2 - NU * (v + s)
        assert literal(slack, values, constraints, weights)[row].item() == pytest.approx(total)


def test_the_step_of_the_free_slack_is_the_gradient_of_l_itself(constraints, weights):
    slack = free_slack(constraints).requires_grad_()
    (slope,) = torch.autograd.grad(literal(slack, constraints.values, constraints, weights).sum(), slack)
    moved = literal.next_slack(slack.detach(), constraints, weights)
    torch.testing.assert_close(moved, slack.detach() - 0.2 * slope)
    assert not bool(moved[~constraints.mask].any())


def test_free_slack_rests_where_its_pull_is_nu(constraints, weights, lambdas):
    """lambda w slack = nu, wherever the constraint is: the slack has forgotten CT."""
    pull = lambdas * weights.clamp_min(0.2)
    rest = (NU / pull) * constraints.mask
    torch.testing.assert_close(literal.next_slack(rest, constraints, weights.clamp_min(0.2)), rest)


def test_under_eq_23_no_weight_reaches_the_constraints(constraints, weights):
    """d L / d CT = -nu for every constraint, whatever the weights: why MASW's slack is the closed form instead."""
    values, slack = constraints.values.clone().requires_grad_(), free_slack(constraints)
    slopes = []
    for chosen in (weights, torch.ones_like(weights), torch.zeros_like(weights)):
        slopes += torch.autograd.grad(literal(slack, values, constraints, chosen).sum(), values)
    torch.testing.assert_close(slopes[0], -NU * constraints.mask.double())
    assert torch.equal(slopes[0], slopes[1])
    assert torch.equal(slopes[0], slopes[2])
