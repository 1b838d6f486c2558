"""Correlation-weighted TkML: it is TkML without correlation, and leaves correlated labels alone with it."""

from masw_core import Goal, iterate, load_attack, make_goal
from masw_core.attacks.correlation import cooccurrence, correlated_hinge, weighted_loss
from masw_core.attacks.tkml import untargeted_loss

import pytest
import torch

PAIRS = tuple(tuple(float(i != j and i // 2 == j // 2) for j in range(8)) for i in range(8))


@pytest.mark.parametrize("case", ["untargeted", "random"])
def test_without_correlation_it_is_tkml(tagger, images, true, case):
    goal = make_goal(case, true, 2, tagger(images).detach())
    ours, tkml = (
        [step.perturbation for step in iterate(load_attack(name, steps=10, tau=1.0), tagger, images, goal)][-1]
        for name in ("tkalc", "tkml")
    )
    torch.testing.assert_close(ours, tkml)


def test_labels_that_always_occur_with_the_true_one_are_not_raised():
    scores = torch.randn(4, 8, dtype=torch.float64, requires_grad=True)
    true = torch.zeros(4, 8, dtype=torch.bool)
    true[:, 2] = True
    goal = Goal.untargeted(true, 1)
    matrix = torch.tensor(PAIRS, dtype=torch.float64)
    (plain,) = torch.autograd.grad(untargeted_loss(scores, goal).sum(), scores)
    (weighted,) = torch.autograd.grad(weighted_loss(scores, goal, matrix).sum(), scores)
    assert bool((weighted[:, 3].abs() < 1e-5).all())
    assert plain[:, 3].abs().max() > 0.1


def test_losses_have_right_gradients():
    scores = torch.randn(3, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0), requires_grad=True)
    matrix = torch.rand(8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    true, target = torch.zeros(2, 3, 8, dtype=torch.bool)
    true[:, 0], target[:, 1:3] = True, True
    assert torch.autograd.gradcheck(lambda s: weighted_loss(s, Goal.untargeted(true, 2), matrix), scores)
    assert torch.autograd.gradcheck(lambda s: correlated_hinge(s, Goal.targeted(true, target, 2), matrix), scores)


def test_cooccurrence_counts_conditional_frequencies():
    present = torch.tensor([[1, 1, 0], [1, 0, 0], [0, 0, 0]], dtype=torch.bool)
    assert cooccurrence(present) == ((0.0, 0.5, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 0.0))


def test_a_matrix_changes_the_path_and_must_fit(tagger, images, true):
    goal = make_goal("best", true, 2, tagger(images).detach())
    attacks = [load_attack("tkalc", steps=5, tau=1.0, cooccurrence=matrix) for matrix in (None, PAIRS)]
    paths = [list(iterate(attack, tagger, images, goal))[-1].perturbation for attack in attacks]
    assert (paths[0] - paths[1]).abs().max() > 1e-4
    with pytest.raises(ValueError, match="has 2 rows but the model has 8"):
        next(iter(iterate(load_attack("tkalc", cooccurrence=((0.0, 0.5), (0.5, 0.0))), tagger, images, goal)))
    with pytest.raises(ValueError, match="as wide as it is high"):
        load_attack("tkalc", cooccurrence=((0.0, 0.5),))
    with pytest.raises(ValueError, match="between 0 and 1"):
        load_attack("tkalc", cooccurrence=((2.0,),))
