"""MLDF: least norms on linear models, the published equality system, and DeepFool as its special case."""

from masw_core import Goal, iterate, load_attack, make_goal, run

import pytest
import torch
from torch import nn


class Linear(nn.Module):
    """s = W x + b on points of any shape; unbounded in practice."""

    box = (-100.0, 100.0)

    def __init__(self, labels: int = 6, size: int = 12) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.weight = nn.Parameter(torch.randn(labels, size, generator=generator, dtype=torch.float64))
        self.bias = nn.Parameter(torch.randn(labels, generator=generator, dtype=torch.float64))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(1) @ self.weight.T + self.bias


def points(rows, shape=(12,)):
    return torch.randn(rows, *shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)


def goals(scores, count=2):
    chosen = scores.detach().topk(count, dim=1).indices
    true = torch.zeros_like(scores, dtype=torch.bool).scatter_(1, chosen, True)
    return Goal.untargeted(true, 2), make_goal("worst", true, 2, scores.detach())


def first_step(attack, model, x, goal):
    return list(iterate(attack, model, x, goal))[1].perturbation.flatten(1)


@pytest.mark.parametrize("rows", [1, 3, 8])
@pytest.mark.parametrize("shape", [(12,), (3, 2, 2)])
def test_equality_on_a_linear_model_is_the_pseudoinverse(rows, shape):
    model, x = Linear(), points(rows, shape)
    for goal in goals(model(x)):
        attack = load_attack("mldf", variant="equality", overshoot=0.0, steps=1, tau=1e6)
        moved = first_step(attack, model, x, goal)
        marked = goal.true if goal.target is None else goal.true | goal.target
        for row in range(rows):
            weight, scores = model.weight[marked[row]].detach(), model(x)[row][marked[row]].detach()
            expected = torch.linalg.lstsq(weight, -scores).solution
            torch.testing.assert_close(moved[row], expected, atol=1e-7, rtol=1e-6)


@pytest.mark.parametrize("rows", [1, 8])
def test_qp_solves_a_linear_model_in_one_step_with_the_least_norm(rows):
    from test_jacobian import least_norm_by_enumeration

    model, x = Linear(), points(rows)
    for goal in goals(model(x)):
        moved = first_step(load_attack("mldf", overshoot=0.0, steps=1, tau=1e6), model, x, goal)
        scores = model(x).detach()
        for row in range(rows):
            on = torch.zeros(6, dtype=torch.bool) if goal.target is None else goal.target[row]
            marked = goal.true[row] | on
            sign = torch.where(on, 1.0, -1.0).double()[marked]
            signed = model.weight.detach()[marked] * sign[:, None]
            expected = least_norm_by_enumeration(signed, -sign * scores[row][marked])
            torch.testing.assert_close(moved[row], expected, atol=1e-7, rtol=1e-6)


def test_with_one_label_it_is_deepfool(tagger, images):
    scores = tagger(images).detach()
    true = torch.zeros_like(scores, dtype=torch.bool).scatter_(1, scores.argmax(1, keepdim=True), True)
    moved = first_step(
        load_attack("mldf", overshoot=0.0, steps=1, tau=1e6), tagger, images * 0.1, Goal.untargeted(true, 1)
    )
    for row in range(len(images)):
        x = (images[row : row + 1] * 0.1).requires_grad_()
        score = tagger(x)[0][true[row]][0]
        (normal,) = torch.autograd.grad(score, x)
        expected = -score.clamp_min(0) / normal.norm() ** 2 * normal
        expected = (x + expected).clamp(-1, 1) - x
        torch.testing.assert_close(moved[row], expected.detach().flatten(), atol=1e-9, rtol=1e-7)


def test_inequalities_never_cost_more_than_equalities(tagger, images, true):
    for case in ("untargeted", "worst"):
        goal = make_goal(case, true, 2, tagger(images).detach())
        steps = [
            first_step(
                load_attack("mldf", variant=variant, overshoot=0.0, steps=1, tau=1e6), tagger, images * 0.1, goal
            )
            for variant in ("qp", "equality")
        ]
        shorter, longer = (step.norm(dim=1) for step in steps)
        assert bool((shorter <= longer * (1 + 1e-6)).all())
        assert bool((shorter < longer * 0.99).any())


def test_it_rests_once_all_labels_lie_beyond_the_threshold(tagger, images, true):
    steps = list(iterate(load_attack("mldf", steps=20, tau=5.0), tagger, images, Goal.untargeted(true, 2)))
    off = (steps[-1].scores.masked_fill(~true, -1.0) < 0).all(1)
    assert off.float().mean() > 0.9
    settled = steps[-2].lagrangian == 0
    moved = (steps[-1].perturbation - steps[-2].perturbation).flatten(1).norm(dim=1)
    assert bool((moved[settled] < 1e-3).all())


@pytest.mark.parametrize("settings", [{"variant": "equality"}, {"space": "probability"}, {"preset": "paper"}])
@pytest.mark.parametrize("case", ["untargeted", "best"])
def test_every_variant_moves_labels_across_and_keeps_ball_and_box(tagger, images, true, settings, case):
    goal = make_goal(case, true, 2, tagger(images).detach())
    steps = list(iterate(load_attack("mldf", steps=10, tau=1.2, **settings), tagger, images, goal))
    assert all(bool(torch.isfinite(step.perturbation).all()) for step in steps)
    assert bool((steps[-1].norm <= 1.2 * (1 + 1e-6)).all())
    assert steps[-1].lagrangian.mean() < 0.5 * steps[0].lagrangian.mean()


def test_a_step_is_one_forward_and_one_batched_backward(tagger, images, true):
    result = run(load_attack("mldf", steps=4, tau=2.0), tagger, images, Goal.untargeted(true, 2), stop="never")
    assert (result.forwards, result.backwards) == (6, 4)


def test_wrong_settings_name_the_choices():
    with pytest.raises(ValueError, match="qp, equality"):
        load_attack("mldf", variant="svm")
    with pytest.raises(ValueError, match="overshoot"):
        load_attack("mldf", overshoot=-1.0)
