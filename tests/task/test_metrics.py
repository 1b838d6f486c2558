"""Averages over a data set and the two perturbation sizes."""

from masw_core import Goal
from masw_core.task import metrics

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
