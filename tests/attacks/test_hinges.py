"""Rank I and MLCW: their hinges, and the search over c against the least norm on linear models."""

from masw_core import Goal, iterate, load_attack, make_goal, run
from masw_core.attacks.carlini_wagner import label_hinge
from masw_core.attacks.rank import rank_hinge

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st


def masks(rows=5, true=(0,), target=(1, 2)):
    masks = torch.zeros(2, rows, 6, dtype=torch.bool)
    masks[0][:, list(true)], masks[1][:, list(target)] = True, True
    return masks


@given(st.integers(0, 10_000))
def test_the_rank_hinge_is_zero_exactly_at_success(seed):
    scores = torch.randn(60, 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    goal = Goal.targeted(*masks(60), 2)
    assert torch.equal(rank_hinge(scores, goal) == 0, goal.success(scores))


@given(st.integers(0, 10_000))
def test_the_label_hinge_is_zero_exactly_when_labels_lie_on_their_sides(seed):
    scores = torch.randn(60, 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    true, target = masks(60)
    off, on = (scores[:, :1] < 0).all(1), (scores[:, 1:3] > 0).all(1)
    assert torch.equal(label_hinge(scores, Goal.untargeted(true, 2)) == 0, off)
    assert torch.equal(label_hinge(scores, Goal.targeted(true, target, 2)) == 0, off & on)


def test_hinges_have_right_gradients():
    scores = torch.randn(5, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0), requires_grad=True)
    goal = Goal.targeted(*masks(), 2)
    assert torch.autograd.gradcheck(lambda s: rank_hinge(s, goal), scores)
    assert torch.autograd.gradcheck(lambda s: label_hinge(s, goal, 0.3), scores)
    assert torch.autograd.gradcheck(lambda s: label_hinge(s, Goal.untargeted(goal.true, 2), 0.3), scores)


def linear_problem(true, target, rows=5):
    """A linear model on 12 numbers, points near 0, and least norms of two-sided goals found by its geometry."""
    generator = torch.Generator().manual_seed(4)
    model = torch.nn.Linear(12, 6).double()
    with torch.no_grad():
        model.weight.copy_(torch.randn(6, 12, generator=generator, dtype=torch.float64))
        model.bias.copy_(torch.tensor([2.0, -1.0, -1.2, -2.0, -2.5, -3.0]))
    return model, 0.1 * torch.randn(rows, 12, generator=generator, dtype=torch.float64)


def test_rank1_search_finds_nearly_the_least_norm():
    """One target, two labels in all that matter: the least norm is the distance to s_target = s_other."""
    model, x = linear_problem((0,), (1,))
    with torch.no_grad():
        model.bias[2:] = -50.0
    true, target = masks(5, (0,), (1,))
    goal = Goal.targeted(true, target, 1)
    result = run(load_attack("rank1", "search", tau=5.0), model, x, goal, stop="never")
    normal = model.weight[1] - model.weight[0]
    least = (-(model(x)[:, 1] - model(x)[:, 0]) / normal.norm()).detach()
    assert bool(result.success.all())
    assert bool((result.perturbation.norm(dim=1) <= 1.05 * least).all())
    assert bool((result.perturbation.norm(dim=1) >= least * (1 - 1e-6)).all())


def test_mlcw_search_finds_nearly_the_least_norm():
    """One true label at the top of a top-1 goal, its rivals right below 0: success and hinge nearly coincide."""
    model, x = linear_problem((0,), ())
    with torch.no_grad():
        model.weight[1:] = 0.0
        model.bias[1:] = -0.01
    goal = Goal.untargeted(masks(5, (0,), ())[0], 1)
    # The hinge ends at s = 0, success begins at s < -0.01: kappa pays for the difference.
    result = run(load_attack("mlcw", "search", kappa=0.05, tau=5.0), model, x, goal, stop="never")
    least = ((model(x)[:, 0] + 0.01) / model.weight[0].norm()).detach()
    assert bool(result.success.all())
    assert bool((result.perturbation.norm(dim=1) <= 1.05 * least).all())


@pytest.mark.parametrize("name", ["rank1", "mlcw"])
def test_the_search_starts_again_each_round_and_treats_samples_alone(tagger, images, true, name):
    goal = make_goal("best", true, 2, tagger(images).detach())
    attack = load_attack(name, penalty="search", steps=30, round_steps=10, tau=1.2)
    steps = list(iterate(attack, tagger, images, goal))
    assert all(not bool(steps[index].perturbation.any()) for index in (0, 10, 20))
    assert bool(steps[9].perturbation.any())
    alone = list(iterate(attack, tagger, images[4:5], goal[4:5]))
    torch.testing.assert_close(alone[25].perturbation[0], steps[25].perturbation[4])
    assert all(bool(torch.isfinite(step.lagrangian).all()) for step in steps)


def test_smaller_norms_than_the_projected_form(tagger, images, true):
    goal = make_goal("best", true, 2, tagger(images).detach())
    settings = {"steps": 300, "tau": 3.0}
    search = run(load_attack("rank1", penalty="search", **settings), tagger, images, goal, stop="never")
    projected = run(load_attack("rank1", **settings), tagger, images, goal)
    both = search.success & projected.success
    assert both.sum() >= len(images) // 2
    norms = [result.perturbation[both].flatten(1).norm(dim=1).mean() for result in (search, projected)]
    assert norms[0] < norms[1]


def test_rank1_refuses_untargeted_goals_and_wrong_settings():
    with pytest.raises(ValueError, match="targeted attack"):
        run(load_attack("rank1", steps=1, tau=1.0), torch.nn.Linear(4, 6), torch.zeros(5, 4),
            Goal.untargeted(masks()[0], 2))  # fmt: skip
    with pytest.raises(ValueError, match="projected, search"):
        load_attack("mlcw", penalty="bisect")
    with pytest.raises(ValueError, match="kappa"):
        load_attack("mlcw", kappa=-1.0)
