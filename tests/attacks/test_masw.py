"""MASW against its equations: closed-form slack, Huber pull, literal Eq. 23, and the pace of epsilon."""

from __future__ import annotations

from itertools import pairwise

from masw_core import Goal, iterate, load_attack, make_goal
from masw_core.attacks.base import STEP_SHARE
from masw_core.task.geometry import unit
from masw_core.weighting.branches import FELL, ROSE, START

import pytest
import torch


def path(attack, tagger, images, goal):
    return torch.stack([step.perturbation for step in iterate(attack, tagger, images, goal)])


def constraint_values(tagger, z, images, goal, space):
    scores = tagger(images + z)
    seen, threshold = (scores.sigmoid(), 0.5) if space == "probability" else (scores, 0.0)
    return goal.constraints(seen, threshold)


@pytest.mark.parametrize("space", ["logit", "probability"])
@pytest.mark.parametrize("case", ["untargeted", "worst"])
def test_the_step_is_the_gradient_of_huber_losses_of_the_slack(tagger, images, true, space, case):
    """Closed-form slack with SPW weights pulls with min(slack, epsilon): one raw step against autograd on Huber."""
    goal = make_goal(case, true, 2, tagger(images).detach())
    epsilon = 0.05
    attack = load_attack(
        "masw", form="quadratic", space=space, reference="flow", step_rule="raw", step_size=0.1, tau=9.0, steps=1,
        epsilon0=epsilon, epsilon_scale="absolute", lambda1=1.0, lambda2=1.0, margin=0.0,
    )  # fmt: skip
    moved = path(attack, tagger, images * 0.5, goal)[1]
    z = torch.zeros_like(images, requires_grad=True)
    values, mask, *_ = constraint_values(tagger, z, images * 0.5, goal, space)
    slack = values.neg().clamp_min(0) * mask
    loss = torch.nn.functional.huber_loss(slack, torch.zeros_like(slack), reduction="sum", delta=epsilon)
    (gradient,) = torch.autograd.grad(loss, z)
    torch.testing.assert_close(moved, -0.1 * gradient)


def test_with_uniform_weights_it_is_the_quadratic_penalty(tagger, images, true):
    """Eq. 17: the direction is J^T D(lambda) [CT]_-."""
    goal = make_goal("untargeted", true, 2)
    attack = load_attack("masw", form="quadratic", space="logit", weighting="uniform", steps=1, tau=2.0,
                         reference="flow", margin=0.0, lambda1=0.3, lambda2=0.9)  # fmt: skip
    moved = path(attack, tagger, images * 0.5, goal)[1]
    z = torch.zeros_like(images, requires_grad=True)
    values, mask, family, _ = constraint_values(tagger, z, images * 0.5, goal, "logit")
    balance = torch.tensor([0.3 if name == "rank" else 0.9 for name in family])
    (gradient,) = torch.autograd.grad((balance * (values.clamp_max(0) * mask).square() / 2).sum(), z)
    torch.testing.assert_close(moved, -2.0 * STEP_SHARE * unit(gradient))


def test_a_huge_epsilon_makes_spw_uniform(tagger, images, true):
    goal = make_goal("random", true, 2, tagger(images).detach())
    settings = {"form": "quadratic", "space": "logit", "steps": 20, "tau": 1.0}
    uniform = path(load_attack("masw", weighting="uniform", **settings), tagger, images, goal)
    wide = path(load_attack("masw", epsilon0=1e6, epsilon_scale="absolute", **settings), tagger, images, goal)
    torch.testing.assert_close(uniform, wide)


def test_literal_slack_never_reaches_the_perturbation(tagger, images, true):
    """Eq. 23 taken literally: the path is the same to the last bit with and without self-paced weights."""
    goal = make_goal("untargeted", true, 2)
    settings = {"slack": "gradient", "space": "probability", "step_rule": "raw", "step_size": 0.05, "steps": 40}
    paths = {
        weighting: path(load_attack("masw", weighting=weighting, tau=2.0, **settings), tagger, images, goal)
        for weighting in ("spw", "uniform", "fixed")
    }
    assert paths["uniform"][-1].abs().max() > 0.01
    assert torch.equal(paths["spw"], paths["uniform"])
    assert torch.equal(paths["fixed"], paths["uniform"])


def test_literal_slack_climbs_whether_or_not_its_constraint_holds(tagger, images, true):
    goal = make_goal("untargeted", true, 2)
    attack = load_attack("masw", slack="gradient", step_rule="raw", step_size=0.05, steps=400, tau=2.0, nu=1.0,
                         weighting="uniform", lambda1=0.5, lambda2=0.5)  # fmt: skip
    last = list(iterate(attack, tagger, images, goal))[-1]
    settled = last.slack[last.mask]
    torch.testing.assert_close(settled, torch.full_like(settled, 2.0), rtol=0.02, atol=0.02)  # nu / (lambda w)


def test_with_the_closed_form_the_weights_do_reach_the_perturbation(tagger, images, true):
    goal = make_goal("worst", true, 2, tagger(images).detach())
    settings = {"steps": 10, "tau": 2.0, "space": "logit", "form": "quadratic"}
    spw = path(load_attack("masw", epsilon0=0.2, **settings), tagger, images, goal)
    uniform = path(load_attack("masw", weighting="uniform", **settings), tagger, images, goal)
    assert (spw[-1] - uniform[-1]).abs().max() > 1e-3


@pytest.mark.parametrize("compare", ["literal", "same-weights"])
def test_epsilon_moves_as_the_recorded_branches_say(tagger, images, true, compare):
    goal = make_goal("worst", true, 2, tagger(images).detach())
    attack = load_attack("masw", steps=60, tau=1.0, eta=1.05, epsilon0=0.1, epsilon_scale="absolute", compare=compare)
    steps = list(iterate(attack, tagger, images, goal))
    assert bool((steps[0].branch == START).all())
    assert bool((steps[1].branch == FELL).all())  # L^0 = +inf
    assert any(bool((step.branch == ROSE).any()) for step in steps)
    epsilon, before = steps[0].epsilon, steps[0].epsilon
    for step in steps[1:]:
        fell = step.branch == FELL
        epsilon, before = torch.where(fell, epsilon * 1.05, (epsilon + before) / 2), torch.where(fell, epsilon, before)
        torch.testing.assert_close(step.epsilon, epsilon)
        torch.testing.assert_close(
            step.weights, (step.epsilon[:, None] / torch.maximum(step.slack, step.epsilon[:, None]))
        )


@pytest.mark.parametrize(
    ("labels", "case", "knee"), [(40, "worst", 0.1), (41, "worst", 0.5), (41, "best", 0.5), (41, "untargeted", 0.1)]
)
def test_many_labels_with_targets_start_with_a_wide_knee(labels, case, knee):
    scores = torch.linspace(3, -3, labels)[None]
    goal = make_goal(case, scores > 2.5, 3, scores)
    assert load_attack("masw", tau=1.0).prepared(torch.nn.Identity(), goal).epsilon0 == knee
    assert load_attack("masw", tau=1.0, epsilon0=0.3).prepared(torch.nn.Identity(), goal).epsilon0 == 0.3


def test_literal_comparison_accepts_exactly_the_new_minima_of_the_lagrangian(tagger, images, true):
    goal = make_goal("untargeted", true, 2)
    attack = load_attack("masw", steps=60, tau=1.0, compare="literal")
    steps = list(iterate(attack, tagger, images, goal))
    best = torch.full_like(steps[0].lagrangian, torch.inf)
    for step in steps[1:]:
        assert torch.equal(step.branch == FELL, step.lagrangian < best)
        best = torch.minimum(best, step.lagrangian)


@pytest.mark.parametrize(("case", "knee", "flips"), [("untargeted", 0.1, 2.0), ("worst", 0.1, 0.5)])
def test_by_default_l_is_compared_under_the_same_weights_with_the_settings_of_its_case(
    tagger, images, true, case, knee, flips
):
    """Every epsilon, L and branch from the recorded slack, with docs/measurements.md's settings written out."""
    goal = make_goal(case, true, 2, tagger(images).detach())
    steps = list(iterate(load_attack("masw", steps=60, tau=1.0), tagger, images, goal))
    columns = goal.constraints(tagger(images).detach()).family
    balance = torch.tensor([0.5 if name == "rank" else flips for name in columns], dtype=images.dtype)

    def lagrangian(slack, weights):
        return (balance * weights * slack.square()).sum(1) / 2

    torch.testing.assert_close(steps[0].epsilon, knee * steps[0].slack.amax(1))
    best, lowest, differs = steps[1].slack, lagrangian(steps[1].slack, steps[0].weights), False
    for before, step in pairwise(steps[1:]):
        now = lagrangian(step.slack, before.weights)
        torch.testing.assert_close(step.lagrangian, now)
        fell = now < lagrangian(best, before.weights)
        assert torch.equal(step.branch == FELL, fell)
        differs = differs or not torch.equal(fell, now < lowest)
        best, lowest = torch.where(fell[:, None], step.slack, best), torch.where(fell, now, lowest)
    assert differs  # the literal comparison would have decided otherwise somewhere


def test_attack_cost_constraints_lower_the_attack_cost(tagger, images, true):
    from masw_core import run
    from masw_core.task import metrics

    scores = tagger(images).detach()
    costs = []
    for attack_cost in (False, True):
        goal = make_goal("best", true, 1, scores, attack_cost=attack_cost)
        result = run(load_attack("masw", steps=150, tau=2.0), tagger, images, goal, stop="never", returns="last")
        costs.append(metrics.sac(goal, result.scores, scores))
    assert costs[1] > costs[0]


def test_relative_epsilon_is_a_share_of_the_first_largest_slack(tagger, images, true):
    goal = make_goal("worst", true, 2, tagger(images).detach())
    first = next(iter(iterate(load_attack("masw", epsilon0=0.25, space="logit"), tagger, images, goal)))
    torch.testing.assert_close(first.epsilon, 0.25 * first.slack.amax(1))


def test_defaults_follow_the_case_and_the_model(tagger):
    goal = make_goal("worst", torch.eye(8, dtype=torch.bool)[:1], 2, torch.randn(1, 8))
    tagger.recommended_tau = {"untargeted": 1.0, "best": 2.0, "random": 3.0, "worst": 4.0}
    attack = load_attack("masw").prepared(tagger, goal)
    assert attack.tau == 4.0
    assert attack.step_size == 4.0 * STEP_SHARE
    assert None not in (attack.form, attack.space, attack.reference, attack.epsilon0)
    assert attack.lambda2 == attack.lambda1
    plain = load_attack("masw").prepared(torch.nn.Identity(), Goal.untargeted(goal.true, 2))
    assert plain.tau == 10.0
    assert plain.lambda2 > plain.lambda1, "untargeted, the top k is left before the labels are off"


def test_the_paper_preset_has_the_papers_numbers():
    attack = load_attack("masw", preset="paper")
    assert (attack.epsilon0, attack.eta, attack.lambda1, attack.lambda2, attack.nu) == (0.01, 1.01, 0.5, 0.5, 1.0)
    assert (attack.step_rule, attack.step_size, attack.steps, attack.space) == ("raw", 0.01, 300, "probability")
