"""FGSM, MI-FGSM and PGD: their loss, closed forms on a linear model, and how they reduce to each other."""

from masw_core import Goal, iterate, load_attack, make_goal
from masw_core.attacks.gradient import cross_entropy
from masw_core.task.geometry import unit

import pytest
import torch

HALVES = torch.tensor([[True, True, False, False, False]] * 3)


def path(attack, model, x, goal):
    return torch.stack([step.perturbation for step in iterate(attack, model, x, goal)])


def linear_problem():
    generator = torch.Generator().manual_seed(0)
    model = torch.nn.Linear(10, 5).double()
    with torch.no_grad():
        model.weight.copy_(torch.randn(5, 10, generator=generator, dtype=torch.float64) * 0.3)
    x = torch.rand(3, 10, generator=generator, dtype=torch.float64) * 0.2
    slope = ((1 - model(x).sigmoid()) * HALVES) @ model.weight  # d/dx sum_Y log sigmoid(s_j)
    return model, x, slope.detach()


def test_the_loss_is_the_cross_entropy_of_true_and_target_labels():
    scores = torch.randn(4, 6, dtype=torch.float64)
    true, target = torch.zeros(4, 6, dtype=torch.bool), torch.zeros(4, 6, dtype=torch.bool)
    true[:, :2], target[:, 3:5] = True, True
    log = scores.sigmoid().log()
    torch.testing.assert_close(cross_entropy(scores, Goal.untargeted(true, 2)), log[:, :2].sum(1))
    torch.testing.assert_close(
        cross_entropy(scores, Goal.targeted(true, target, 2)), log[:, :2].sum(1) - log[:, 3:5].sum(1)
    )


@pytest.mark.parametrize("case", ["untargeted", "random"])
def test_the_loss_has_the_right_gradient(case):
    scores = torch.randn(3, 5, dtype=torch.float64, requires_grad=True)
    goal = make_goal(case, HALVES, 2, scores.detach())
    assert torch.autograd.gradcheck(lambda s: cross_entropy(s, goal), scores)


def test_one_step_of_pgd_on_a_linear_model_is_the_closed_form():
    model, x, slope = linear_problem()
    attack = load_attack("pgd", steps=1, tau=0.5, step_size=0.3)
    torch.testing.assert_close(path(attack, model, x, Goal.untargeted(HALVES, 2))[1], -0.3 * unit(slope))


def test_fgsm_on_a_linear_model_is_the_closed_form():
    """The paper's hybrid: a sign step of 0.03, cut by the L2 ball if it is too long; by default it always is."""
    model, x, slope = linear_problem()
    goal = Goal.untargeted(HALVES, 2)
    paper = load_attack("fgsm", "paper", tau=10.0)
    assert paper.steps == 1
    torch.testing.assert_close(path(paper, model, x, goal)[1], -0.03 * slope.sign())
    edge = path(load_attack("fgsm", tau=0.5), model, x, goal)[1]
    torch.testing.assert_close(edge, -0.5 * unit(slope.sign()))


def test_one_step_of_pgd_is_fgsm(tagger, images, true):
    goal = Goal.untargeted(true, 2)
    for rule in ("sign", "unit"):
        settings = {"steps": 1, "step_rule": rule, "step_size": 0.2, "tau": 1.0}
        pgd, fgsm = (path(load_attack(name, **settings), tagger, images, goal) for name in ("pgd", "fgsm"))
        assert torch.equal(pgd, fgsm)


@pytest.mark.parametrize("case", ["untargeted", "worst"])
def test_without_decay_mifgsm_is_normalised_gradient_descent(tagger, images, true, case):
    goal = make_goal(case, true, 2, tagger(images).detach())
    momentum = path(load_attack("mifgsm", steps=10, decay=0.0, tau=1.0), tagger, images, goal)
    plain = path(load_attack("pgd", steps=10, tau=1.0), tagger, images, goal)
    torch.testing.assert_close(momentum, plain)


def test_momentum_sums_gradients_of_l1_norm_one(tagger, images, true):
    """Two steps written out: z_2 = -step (unit(g_1) + unit(g_1 + g_2)) with g_t the gradients over their L1 norms."""
    goal, x = Goal.untargeted(true, 2), images * 0.5
    steps = path(load_attack("mifgsm", steps=2, step_size=0.1, tau=9.0), tagger, x, goal)

    def accumulated(z):
        z = z.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(cross_entropy(tagger(x + z), goal).sum(), z)
        return gradient / gradient.flatten(1).abs().sum(1)[:, None, None, None]

    first = accumulated(torch.zeros_like(x))
    second = first + accumulated(-0.1 * unit(first))
    torch.testing.assert_close(steps[2], -0.1 * unit(first) - 0.1 * unit(second))


def test_sign_steps_stay_in_the_l2_ball(tagger, images, true):
    attack = load_attack("pgd", preset="paper", steps=5, tau=0.05)
    last = list(iterate(attack, tagger, images, Goal.untargeted(true, 2)))[-1]
    assert bool((last.norm <= 0.05 * (1 + 1e-9)).all())


def test_fgsm_lasts_one_step_and_mifgsm_forty():
    assert load_attack("fgsm").steps == 1
    assert load_attack("mifgsm").steps == 40
    with pytest.raises(ValueError, match="decay"):
        load_attack("mifgsm", decay=-0.5)
