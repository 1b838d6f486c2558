"""MLA-LP: its batched programs against HiGHS, one by one, and its steps against the published program."""

from masw_core import Goal, iterate, load_attack, make_goal
from masw_core.attacks import linear_program
from masw_core.attacks.linear_program import smallest_step
from masw_core.solvers.least_max_small import least_maximum_step
from masw_core.solvers.least_max_wide import least_maximum_step_wide

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog


def by_highs(rows, bound):
    """The least max |r_i| with rows r <= bound, by HiGHS on the primal: variables r and t."""
    m, n = rows.shape
    eye, one = np.eye(n), np.ones((n, 1))
    left = np.vstack([np.hstack([rows, np.zeros((m, 1))]), np.hstack([eye, -one]), np.hstack([-eye, -one])])
    right = np.concatenate([bound, np.zeros(2 * n)])
    answer = linprog(np.eye(n + 1)[n], A_ub=left, b_ub=right, bounds=[(None, None)] * (n + 1), method="highs")
    assert answer.status == 0
    return answer.fun


@given(st.integers(0, 10_000), st.integers(1, 8), st.integers(9, 40))
@settings(max_examples=15)
def test_the_fast_path_agrees_with_highs(seed, m, n):
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randn(3, m, n, generator=generator, dtype=torch.float64)
    bound = torch.randn(3, m, generator=generator, dtype=torch.float64)
    mask = torch.rand(3, m, generator=generator) < 0.8
    found = least_maximum_step(rows, bound, mask)
    for sample in range(3):
        a, d = rows[sample][mask[sample]], bound[sample][mask[sample]]
        assert bool((a @ found[sample] <= d + 1e-9).all())
        least = by_highs(a.numpy(), d.numpy()) if len(a) else 0.0
        assert float(found[sample].abs().max()) == pytest.approx(least, rel=1e-7, abs=1e-9)


def test_it_agrees_where_many_numbers_end_inside_their_bounds():
    """As many rows as fit: the sign of A^T u alone does not tell r, which is where plain dual methods fail."""
    generator = torch.Generator().manual_seed(1)
    rows = torch.randn(2, 12, 15, generator=generator, dtype=torch.float64)
    bound = torch.randn(2, 12, generator=generator, dtype=torch.float64)
    found = least_maximum_step(rows, bound, torch.ones(2, 12, dtype=torch.bool))
    inside = (found.abs() < found.abs().amax(1, keepdim=True) * 0.999).sum(1)
    assert bool((inside >= 2).all())
    for sample in range(2):
        least = by_highs(rows[sample].numpy(), bound[sample].numpy())
        assert float(found[sample].abs().max()) == pytest.approx(least, rel=1e-8)
        assert bool((rows[sample] @ found[sample] <= bound[sample] + 1e-9).all())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_contradicting_far_and_empty_rows_stay_finite(dtype):
    row, other = torch.randn(2, 30, dtype=dtype, generator=torch.Generator().manual_seed(0))
    rows = torch.stack([torch.stack([row, -row, other]), torch.stack([0 * row, 1e-30 * row, other])])
    bound = torch.tensor([[-1.0, -1.0, -1.0], [-1.0, 1.0, -1.0]], dtype=dtype)
    found = least_maximum_step(rows, bound, torch.ones(2, 3, dtype=torch.bool))
    assert bool(torch.isfinite(found).all())
    assert float(rows[1, 2] @ found[1]) <= -1 + 1e-3
    assert float(rows[0, 2] @ found[0]) <= -1 + 1e-3


def test_nothing_moves_where_everything_holds():
    rows = torch.randn(2, 3, 10)
    assert not bool(smallest_step(rows, torch.tensor([[1.0, 2.0, 0.0]] * 2)).any())


def test_float32_is_close_enough_for_pictures():
    rows = torch.randn(1, 20, 3000, generator=torch.Generator().manual_seed(0))
    bound = torch.randn(1, 20, generator=torch.Generator().manual_seed(1))
    mask = torch.ones(1, 20, dtype=torch.bool)
    single, double = least_maximum_step(rows, bound, mask), least_maximum_step(rows.double(), bound.double(), mask)
    assert float(single.abs().max()) == pytest.approx(float(double.abs().max()), rel=1e-3)
    assert bool(((rows @ single[..., None])[..., 0] <= bound + 1e-3).all())


@pytest.mark.parametrize("seed", range(3))
def test_the_wide_path_agrees_with_the_exact_one_to_three_digits(seed):
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randn(2, 12, 4100, generator=generator) * 10 ** torch.randn(2, 12, 1, generator=generator)
    reach = rows.abs().sum(2)
    bound = torch.randn(2, 12, generator=generator) * reach / 100
    mask = torch.ones(2, 12, dtype=torch.bool)
    found, done = least_maximum_step_wide(rows, bound, mask)
    least = least_maximum_step(rows.double(), bound.double(), mask).abs().amax(1)
    assert bool(done.all())
    torch.testing.assert_close(found.abs().amax(1).double(), least, rtol=2e-3, atol=0)
    assert bool(((rows @ found[..., None])[..., 0] - bound <= 2e-3 * least[:, None] * reach).all())


def test_the_wide_path_gives_up_contradicting_rows_and_only_those():
    row, other = torch.randn(2, 5000, generator=torch.Generator().manual_seed(0))
    rows = torch.stack([torch.stack([row, -row, other]), torch.stack([0 * row, row, other])])
    bound = torch.tensor([[-1.0, -1.0, -1.0], [-1.0, 1.0, 0.5]])
    found, _ = least_maximum_step_wide(rows, bound, torch.ones(2, 3, dtype=torch.bool))
    assert bool(torch.isfinite(found).all())
    assert float(rows[0, 2] @ found[0]) <= -1 + 1e-2
    assert not bool(found[1].any())


def test_samples_that_the_wide_path_leaves_unfinished_are_finished_by_the_slower_one(monkeypatch):
    rows = torch.randn(2, 5, 4200, generator=torch.Generator().manual_seed(0))
    bound = torch.randn(2, 5, generator=torch.Generator().manual_seed(1))

    def stuck(rows, bound, mask):
        return torch.zeros_like(rows[:, 0]), torch.tensor([False])

    wanted = smallest_step(rows, bound)
    monkeypatch.setattr(linear_program, "PIECE", rows[0].numel())
    monkeypatch.setattr(linear_program, "least_maximum_step_wide", stuck)
    torch.testing.assert_close(smallest_step(rows, bound).abs().amax(1), wanted.abs().amax(1), rtol=2e-3, atol=0)


def test_the_first_step_solves_the_published_program(tagger, images, true):
    """min max |r| subject to J r <= l(0.5) - l(now) for the losses of all labels, here written out per sample."""
    x, goal = images[:4] * 0.1, Goal.untargeted(true[:4], 2)
    moved = list(iterate(load_attack("mlalp", aim=0.5, steps=1, tau=1e6), tagger, x, goal))[1].perturbation.flatten(1)
    for row in range(4):
        image = x[row].clone()

        def losses(z, image=image):
            return torch.nn.functional.softplus(tagger((image + z)[None]))[0]  # all labels are wanted off

        jacobian = torch.autograd.functional.jacobian(losses, torch.zeros_like(image)).flatten(1)
        wrong = tagger(image[None])[0].sigmoid()
        aim = torch.where(true[row] & (wrong < 0.6), 0.45, 0.5)
        bound = -torch.log1p(-aim.double()) - losses(torch.zeros_like(image))
        least = by_highs(jacobian.detach().numpy(), bound.detach().numpy())
        assert float(moved[row].abs().max()) == pytest.approx(least, rel=1e-6)


@pytest.mark.parametrize("case", ["untargeted", "worst"])
def test_labels_end_on_their_sides(tagger, images, true, case):
    goal = make_goal(case, true, 2, tagger(images).detach())
    steps = list(iterate(load_attack("mlalp", aim=0.5, tau=5.0), tagger, images, goal))
    assert len(steps) == 11
    assert steps[-1].lagrangian.mean() < 0.02 * steps[0].lagrangian.mean()
    off = (steps[-1].scores.masked_fill(~true, -1.0) < 0).all(1)
    assert off.float().mean() > 0.9


def test_labels_go_as_far_as_they_are_aimed(tagger, images, true):
    goal, last = Goal.untargeted(true, 2), {}
    for aim in (0.5, 0.01):
        step = list(iterate(load_attack("mlalp", aim=aim, steps=3, tau=5.0), tagger, images, goal))[-1]
        last[aim] = step.scores[true].sigmoid().median()
    assert last[0.5] > 0.2
    assert last[0.01] < 0.15


def test_an_impossible_aim_is_refused():
    with pytest.raises(ValueError, match="choose a probability above 0"):
        load_attack("mlalp", aim=0.7)
