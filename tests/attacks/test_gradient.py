"""PGD: its loss, and one L2 step against the closed form on a linear model."""

import torch

from masw_core import Goal, iterate, load_attack
from masw_core.attacks.gradient import cross_entropy
from masw_core.geometry import unit


def test_the_loss_is_the_cross_entropy_of_true_and_target_labels():
    scores = torch.randn(4, 6, dtype=torch.float64)
    true, target = torch.zeros(4, 6, dtype=torch.bool), torch.zeros(4, 6, dtype=torch.bool)
    true[:, :2], target[:, 3:5] = True, True
    log = scores.sigmoid().log()
    torch.testing.assert_close(cross_entropy(scores, Goal.untargeted(true, 2)), log[:, :2].sum(1))
    torch.testing.assert_close(
        cross_entropy(scores, Goal.targeted(true, target, 2)), log[:, :2].sum(1) - log[:, 3:5].sum(1)
    )


def test_one_step_on_a_linear_model_is_the_closed_form():
    generator = torch.Generator().manual_seed(0)
    linear = torch.nn.Linear(10, 5).double()
    x = torch.rand(3, 10, generator=generator, dtype=torch.float64) * 0.2
    true = torch.zeros(3, 5, dtype=torch.bool)
    true[:, :2] = True
    attack = load_attack("pgd", steps=1, tau=0.5, step_size=0.3)
    moved = list(iterate(attack, linear, x, Goal.untargeted(true, 2)))[1].perturbation
    slope = ((1 - linear(x).sigmoid()) * true) @ linear.weight  # d/dx sum_Y log sigmoid(s_j)
    torch.testing.assert_close(moved, -0.3 * unit(slope.detach()))


def test_sign_steps_stay_in_the_l2_ball(tagger, images, true):
    attack = load_attack("pgd", preset="paper", steps=5, tau=0.05)
    last = list(iterate(attack, tagger, images, Goal.untargeted(true, 2)))[-1]
    assert bool((last.norm <= 0.05 * (1 + 1e-9)).all())
