"""Averages over a data set and the two perturbation sizes."""

from itertools import pairwise

from masw_core import Goal
from masw_core.task import measures, metrics

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(0, 10_000), st.integers(1, 4), st.booleans())
def test_soft_success_is_never_below_strict_success(seed, k, targeted):
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(40, 8, generator=generator)
    true, target = torch.zeros(40, 8, dtype=torch.bool), torch.zeros(40, 8, dtype=torch.bool)
    true[:, :2], target[:, 8 - k :] = True, True
    goal = Goal.targeted(true, target, k) if targeted else Goal.untargeted(true, k)
    assert metrics.sasr(goal, scores) >= metrics.asr(goal, scores) - 1e-12


def test_eq_25_counts_a_partial_attack_as_a_success():
    true = torch.tensor([[True, True, True, False, False, False]])
    scores = torch.tensor([[6.0, 5.0, 1.0, 4.0, 0.0, 0.0]])  # two of three true labels still in the top 3
    goal = Goal.untargeted(true, 3)
    assert metrics.asr(goal, scores) == 0
    assert metrics.asr_eq25(goal, scores) == 1


def test_lfr_and_sac_are_one_minus_the_soft_measures():
    true = torch.tensor([[True, True, False, False]])
    clean, now = torch.tensor([[1.0, 1, -1, -1]]), torch.tensor([[1.0, -1, 1, -1]])
    goal = Goal.untargeted(true, 1)
    assert metrics.lfr(goal, now) == 0.5
    assert metrics.sac(goal, now, clean) == 0.5


def test_pert_of_the_tables_stretches_the_image_norm_by_artanh():
    """A step of norm 10 at 300 px: 2.833e-2 times 1/255 by Eq. 27; the tables' artanh space is larger."""
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(1, 3, 300, 300, generator=generator) * 1.2 - 0.6
    z = torch.randn(x.shape, generator=generator).sign()
    z *= 10 / z.norm()
    assert abs(metrics.pert_eq27(z).item() * 255 - 2.833e-2) < 1e-4
    stretched = metrics.pert_table(x, x + z).item()
    assert 2.833e-2 < stretched < 1.6 * 2.833e-2


def test_fluctuation_is_zero_for_descent_and_a_half_for_going_nowhere():
    curves = torch.tensor([[3.0, 2, 1, 0], [1, 2, 1, 2], [0, 1, 0, torch.nan], [1, 1, 1, 1]])
    values = metrics.fluctuation(curves)
    assert values[0] == 0
    assert abs(values[1] - 2 / 3) < 1e-6
    assert abs(values[2] - 1 / 2) < 1e-6
    assert values[3] == 0


@pytest.fixture
def attacked():
    """Goals of both kinds, scores and clean scores of 400 images, on which no rate is 0 or 1."""
    generator = torch.Generator().manual_seed(0)
    scores, clean = torch.randn(2, 400, 8, generator=generator, dtype=torch.float64)
    true, target = torch.zeros(400, 8, dtype=torch.bool), torch.zeros(400, 8, dtype=torch.bool)
    true[:, :2], target[:, 2:4] = True, True
    return (Goal.untargeted(true, 2), Goal.targeted(true, target, 2)), scores, clean


def test_success_rates_rise_with_what_the_attacker_wants(attacked):
    """Untargeted, consistency with Y is a failure (Eqs. 25, 26); targeted, consistency with Y_t is the success."""
    (untargeted, targeted), scores, _ = attacked
    lost = measures.slc(scores, untargeted.true, 2), measures.lc(scores, untargeted.true, 2)
    won = measures.slc(scores, targeted.target, 2), measures.lc(scores, targeted.target, 2)
    assert metrics.sasr(untargeted, scores) == pytest.approx(1 - lost[0].mean().item())
    assert metrics.asr_eq25(untargeted, scores) == pytest.approx(1 - lost[1].mean().item())
    assert metrics.sasr(targeted, scores) == pytest.approx(won[0].mean().item())
    assert metrics.asr_eq25(targeted, scores) == pytest.approx(won[1].mean().item())
    for goal in (untargeted, targeted):
        assert metrics.asr(goal, scores) == pytest.approx(goal.success(scores).double().mean().item())
        assert 0 < metrics.asr(goal, scores) < metrics.sasr(goal, scores) < 1
        assert 0 < metrics.asr_eq25(goal, scores) < 1


def test_with_k_targets_eq_25_counts_what_the_goal_counts(attacked):
    (_, targeted), scores, _ = attacked
    assert metrics.asr_eq25(targeted, scores) == metrics.asr(targeted, scores)


def test_the_failure_degree_is_what_sasr_and_lfr_leave(attacked):
    for goal in attacked[0]:
        for scores, threshold in ((attacked[1], 0.0), (attacked[1].sigmoid(), 0.5)):
            left = 2 - metrics.sasr(goal, scores) - metrics.lfr(goal, scores, threshold)
            assert metrics.afd(goal, scores, threshold) == pytest.approx(left)
        assert metrics.afd(goal, attacked[1]) == metrics.afd(goal, attacked[1], 0.0)


def test_rates_of_logits_are_those_of_probabilities_at_one_half(attacked):
    for goal in attacked[0]:
        scores, clean = attacked[1:]
        seen, seen_clean = scores.sigmoid(), clean.sigmoid()
        assert metrics.lfr(goal, scores) == metrics.lfr(goal, seen, 0.5) == metrics.lfr(goal, seen, threshold=0.5)
        assert metrics.sac(goal, scores, clean) == metrics.sac(goal, seen, seen_clean, 0.5)
        assert metrics.lfr(goal, seen) == 0 < metrics.lfr(goal, scores) < 1  # a probability is above a logit's 0
        assert metrics.sac(goal, seen, seen_clean) == 1 > metrics.sac(goal, scores, clean) > 0


@pytest.mark.parametrize(("shape", "pixels"), [((3, 4, 7), 28), ((4, 7), 28), ((5,), 5)])
def test_pixels_count_once_whatever_the_channels(shape, pixels):
    """Eq. 27 of a constant change: its norm over H * W; points of a plane have as many pixels as coordinates."""
    z = torch.full((2, *shape), 0.25, dtype=torch.float64)
    norm = 0.25 * z[0].numel() ** 0.5
    torch.testing.assert_close(metrics.pert_eq27(z), torch.full((2,), norm / pixels, dtype=torch.float64))
    stretched = 255 * torch.atanh(torch.tensor(0.999999 * 0.25, dtype=torch.float64)) / 0.25
    torch.testing.assert_close(metrics.pert_table(torch.zeros_like(z), z), stretched * metrics.pert_eq27(z))


def test_pert_of_the_tables_is_finite_for_pixels_at_the_ends_of_the_box():
    x = torch.ones(1, 3, 2, 2)
    assert bool(torch.isfinite(metrics.pert_table(x, -x)).all())
    assert metrics.pert_table(x, x).item() == 0


@given(st.lists(st.integers(-5, 5), min_size=2, max_size=9), st.sampled_from([1e-9, 1.0, 1e9]))
def test_fluctuation_is_the_rises_as_a_share_of_all_changes_in_any_unit(curve, unit):
    changes = [after - before for before, after in pairwise(curve)]
    total = sum(abs(change) for change in changes)
    expected = sum(change for change in changes if change > 0) / total if total else 0.0
    value = metrics.fluctuation(unit * torch.tensor([curve], dtype=torch.float64)).item()
    assert value == pytest.approx(expected)
