"""kFool: reduces to DeepFool, moves, solves linear models at once, and treats a batch like its samples."""

from __future__ import annotations

from itertools import pairwise

from masw_core import Goal, iterate, load_attack, run

import pytest
import torch
from torch import nn


class Linear(nn.Module):
    """s = W x + b on points of any shape; unbounded in practice."""

    box = (-100.0, 100.0)

    def __init__(self, labels: int = 6, size: int = 10, seed: int = 0) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.weight = nn.Parameter(torch.randn(labels, size, generator=generator, dtype=torch.float64))
        self.bias = nn.Parameter(torch.randn(labels, generator=generator, dtype=torch.float64))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(1) @ self.weight.T + self.bias


def points(rows: int, size: int = 10) -> torch.Tensor:
    return torch.randn(rows, size, generator=torch.Generator().manual_seed(3), dtype=torch.float64)


def top_as_truth(scores: torch.Tensor, count: int) -> torch.Tensor:
    chosen = scores.topk(count, dim=1).indices
    return torch.zeros_like(scores, dtype=torch.bool).scatter_(1, chosen, True)


def test_reduces_to_deepfool_for_k_1_and_one_true_label(tagger, images):
    """The first step against DeepFool's formula towards the highest other label, written out per sample."""
    true = top_as_truth(tagger(images).detach(), 1)
    steps = iterate(load_attack("kfool", steps=1, tau=1e6), tagger, images * 0.2, Goal.untargeted(true, 1))
    _, after = steps
    for row in range(len(images)):
        x = (images[row : row + 1] * 0.2).requires_grad_()
        scores = tagger(x)[0]
        c = int(true[row].nonzero()[0])
        i = int(scores.detach().masked_fill(true[row], -torch.inf).argmax())
        (normal,) = torch.autograd.grad(scores[i] - scores[c], x)
        expected = 1.02 * (scores[i] - scores[c]).abs().detach() / normal.norm() ** 2 * normal[0]
        if bool((scores.detach().argmax() == c).item()):
            expected = (images[row] * 0.2 + expected).clamp(-1, 1) - images[row] * 0.2
        else:
            expected = torch.zeros_like(expected)  # already there
        torch.testing.assert_close(after.perturbation[row], expected, atol=1e-9, rtol=1e-7)


@pytest.mark.parametrize("rows", [1, 3, 8])
def test_solves_a_linear_model_in_one_step_with_the_least_norm(rows):
    model, x = Linear(), points(rows)
    scores = model(x).detach()
    true = top_as_truth(scores, 1)
    result = run(load_attack("kfool", steps=1, tau=1e6), model, x, Goal.untargeted(true, 1), stop="never")
    assert bool(result.success.all())
    order = scores.topk(2, dim=1).indices
    normals = model.weight.detach()[order[:, 1]] - model.weight.detach()[order[:, 0]]
    gaps = scores.gather(1, order).diff(dim=1)[:, 0].abs()
    torch.testing.assert_close(result.perturbation.norm(dim=1), 1.02 * gaps / normals.norm(dim=1))


@pytest.mark.parametrize("rows", [1, 5])
def test_distances_add_up_by_magnitude_even_where_a_competitor_is_ahead_already(rows):
    """k = 2 and the second highest label under attack: one competitor is above it (f > 0), one below (f < 0)."""
    model, x = Linear(), points(rows)
    scores = model(x).detach()
    order = scores.topk(3, dim=1).indices
    victim = order[:, 1]
    true = torch.zeros_like(scores, dtype=torch.bool).scatter_(1, victim[:, None], True)
    _, after = iterate(load_attack("kfool", steps=1, tau=1e6), model, x, Goal.untargeted(true, 2))
    signed = []
    for competitor in (order[:, 0], order[:, 2]):
        normal = model.weight.detach()[competitor] - model.weight.detach()[victim]
        gap = scores.gather(1, competitor[:, None]) - scores.gather(1, victim[:, None])
        signed.append(gap[:, 0] / normal.norm(dim=1))
    assert bool((signed[0] > 0).all() and (signed[1] < 0).all())
    torch.testing.assert_close(after.norm, 1.02 * (signed[0].abs() + signed[1].abs()))


@pytest.mark.parametrize("shape", [(12,), (3, 2, 2)])
@pytest.mark.parametrize("k", [1, 2, 3])
def test_solves_linear_models_with_several_true_labels(shape, k):
    model = Linear(size=12)
    x = points(5, 12).view(5, *shape)
    true = top_as_truth(model(x).detach(), 2)
    result = run(load_attack("kfool", steps=30, tau=1e6), model, x, Goal.untargeted(true, k))
    assert bool(result.success.all())


def test_the_port_fixes_its_label_and_misses_the_others(tagger, images):
    """With two true labels the port pushes the second one up: it succeeds no more often than our extension."""
    true = top_as_truth(tagger(images).detach(), 2)
    goal = Goal.untargeted(true, 2)
    ours, port = (run(load_attack("kfool", p, steps=30, tau=3.0), tagger, images, goal) for p in ("default", "port"))
    assert ours.success.sum() > port.success.sum()
    assert bool((port.perturbation.flatten(1).norm(dim=1) > 1e-3).any())


def test_rests_once_the_goal_is_reached(tagger, images, true):
    steps = list(iterate(load_attack("kfool", steps=12, tau=3.0), tagger, images, Goal.untargeted(true, 1)))
    assert bool(steps[-1].success.any())
    for before, after in pairwise(steps):
        done = before.success
        torch.testing.assert_close(after.perturbation[done], before.perturbation[done], atol=1e-12, rtol=0)


def test_one_forward_and_one_backward_per_step(tagger, images, true):
    result = run(load_attack("kfool", steps=7, tau=3.0), tagger, images, Goal.untargeted(true, 3), stop="never")
    assert (result.forwards, result.backwards) == (9, 7)  # 7 steps, the last point, the fresh evaluation


def test_targeted_goals_are_refused():
    true = torch.tensor([[True, False, False]])
    goal = Goal.targeted(true, ~true, k=2)
    with pytest.raises(ValueError, match="untargeted"):
        run(load_attack("kfool", steps=2, tau=1.0), Linear(3), points(1), goal)


def test_wrong_settings_name_the_choices():
    with pytest.raises(ValueError, match="multilabel, tkml-port"):
        load_attack("kfool", variant="official")
    with pytest.raises(ValueError, match="overshoot"):
        load_attack("kfool", overshoot=-1.0)
