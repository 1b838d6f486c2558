"""TkMIA: its loss, its reductions to TkML, and its own task with its own measures."""

import math

from masw_core import Goal, iterate, load_attack
from masw_core.attacks.imperceptible import hidden_labels, imperceptible_loss, ndcg, own_measures
from masw_core.attacks.tkml import untargeted_loss

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st


def scores_and_masks(seed, rows=6, labels=8):
    scores = torch.randn(rows, labels, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    hide, keep = torch.zeros(2, rows, labels, dtype=torch.bool)
    hide[:, 0], keep[:, 1:4] = True, True
    return scores, hide, keep


@given(st.integers(0, 10_000), st.integers(1, 4))
def test_with_all_true_labels_hidden_it_is_tkml_plus_the_mean_of_the_k_largest(seed, k):
    scores, hide, _ = scores_and_masks(seed)
    nothing = torch.zeros_like(hide)
    expected = untargeted_loss(scores, Goal.untargeted(hide, k)) + scores.topk(k, dim=1).values.mean(1)
    torch.testing.assert_close(imperceptible_loss(scores, hide, nothing, k), expected)


@given(st.integers(0, 10_000))
def test_both_halves_are_average_top_k_losses(seed):
    """mean of the k largest - min_keep is lambda + 1/k sum relu(t - lambda) with t = s_j - min_keep s."""
    scores, hide, keep = scores_and_masks(seed)
    k = 3
    t = scores - scores.masked_fill(~keep, torch.inf).amin(1, keepdim=True)
    bar = t.topk(k, dim=1).values[:, -1:]
    second = bar[:, 0] + (t - bar).clamp_min(0).sum(1) / k
    first = untargeted_loss(scores, Goal.untargeted(hide, k))
    torch.testing.assert_close(imperceptible_loss(scores, hide, keep, k), first + second)


def test_the_loss_has_the_right_gradient_and_is_flat_without_labels_to_hide():
    scores, hide, keep = scores_and_masks(0)
    hide[0] = False
    scores.requires_grad_()
    assert torch.autograd.gradcheck(lambda s: imperceptible_loss(s, hide, keep, 2), scores)
    (gradient,) = torch.autograd.grad(imperceptible_loss(scores, hide, keep, 2).sum(), scores)
    assert not bool(gradient[0].any())


def test_its_own_task_hides_labels_and_keeps_the_precision(tagger, images):
    """Four true labels on top, k = 2: the highest one leaves the top 2, another true label takes its place."""
    scores = tagger(images).detach()
    true = torch.zeros_like(scores, dtype=torch.bool).scatter_(1, scores.topk(4, dim=1).indices, True)
    label = int(scores.argmax(1).mode().values)
    goal = Goal.untargeted(true, 2)
    hide = hidden_labels(true, (label,))
    attack = load_attack("tkmia", "own-task", hidden=(label,), steps=60, tau=1.0)
    last = list(iterate(attack, tagger, images, goal))[-1]
    told = own_measures(true, hide, last.scores, scores, 2)
    caught = (hide & (scores >= scores.topk(2, dim=1).values[:, 1:])).any(1)
    assert caught.sum() >= 5
    assert told["hidden"][caught].mean() > 0.7
    assert told["precision"][caught].mean() > 0.9
    assert bool((last.perturbation[~hide.any(1)] == 0).all())


def test_own_measures_by_hand():
    true = torch.tensor([[True, True, True, False]] * 2)
    hide = torch.tensor([[True, False, False, False]] * 2)
    clean = torch.tensor([[4.0, 3.0, 2.0, 1.0]] * 2)
    after = torch.tensor([[1.0, 4.0, 3.0, 2.0], [4.0, 1.0, 2.0, 3.0]])
    told = own_measures(true, hide, after, clean, 2)
    assert told["hidden"].tolist() == [1.0, 0.0]
    assert told["precision"].tolist() == [1.0, 0.5]
    assert told["precision_change"].tolist() == [0.0, -0.5]
    assert told["ndcg_change"][0] == 0
    assert float(ndcg(true, after, 2)[1]) == pytest.approx(1 / (1 + 1 / math.log2(3)))


def test_wrong_settings_get_one_sentence():
    with pytest.raises(ValueError, match="adapted, imperceptible"):
        load_attack("tkmia", mode="own")
    with pytest.raises(ValueError, match="hidden belongs"):
        load_attack("tkmia", hidden=(1,))
    with pytest.raises(ValueError, match="labels 0 to 3"):
        hidden_labels(torch.ones(1, 4, dtype=torch.bool), (4,))
