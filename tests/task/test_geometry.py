"""Norms, unit vectors and the feasible set, per sample and whatever the shape."""

from masw_core.task.geometry import FeasibleSet, inside_box, l2_norm, per_sample, project, project_ball, unit

import pytest
import torch

shapes = pytest.mark.parametrize("shape", [(4, 6), (4, 3, 5), (4, 3, 2, 5)])


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@shapes
def test_every_sample_has_the_norm_of_all_its_numbers(shape):
    z = normal(*shape)
    torch.testing.assert_close(l2_norm(z), z.flatten(1).square().sum(1).sqrt())
    assert per_sample(torch.arange(4), z).shape == (4, *[1] * (z.dim() - 1))


@shapes
@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_unit_vectors_have_norm_one_and_the_same_direction(shape, scale):
    z = scale * normal(*shape)
    torch.testing.assert_close(l2_norm(unit(z)), torch.ones(4, dtype=torch.float64))
    torch.testing.assert_close(unit(z) * per_sample(l2_norm(z), z), z)


@shapes
def test_the_ball_scales_what_is_outside_onto_its_surface_and_nothing_else(shape):
    z = normal(*shape)
    tau = float(l2_norm(z).median()) * 1.0001  # some lie inside, some outside
    inside = l2_norm(z) <= tau
    assert 0 < int(inside.sum()) < 4
    moved = project_ball(z, tau)
    assert torch.equal(moved[inside], z[inside])
    torch.testing.assert_close(l2_norm(moved)[~inside], torch.full_like(l2_norm(z)[~inside], tau))
    torch.testing.assert_close(unit(moved), unit(z))
    assert project_ball(z, float("inf")) is z
    assert not bool(project_ball(torch.zeros_like(z), tau).any())


def test_zero_stays_zero_in_a_ball_of_any_size():
    assert torch.equal(project_ball(torch.zeros(2, 3), 1e-3), torch.zeros(2, 3))


def test_a_box_of_tensors_bounds_every_coordinate_by_its_own():
    low, high = torch.tensor([-1.0, 0.0, -0.5]), torch.tensor([0.0, 2.0, 0.5])
    x, z = torch.tensor([[-0.5, 1.0, 0.0]]), torch.tensor([[3.0, 3.0, -3.0]])
    moved = project(z, x, float("inf"), (low, high))
    assert (x + moved).tolist() == [[0.0, 2.0, -0.5]]
    assert inside_box(x + z, (low, high)).tolist() == [[0.0, 2.0, -0.5]]


def test_without_a_word_the_box_is_that_of_images():
    x, z = torch.tensor([[0.5, -0.5]]), torch.tensor([[4.0, -4.0]])
    assert (
        project(z, x, float("inf")).tolist() == FeasibleSet.around(x, float("inf")).project(z).tolist() == [[0.5, -0.5]]
    )
    assert inside_box(x + z).tolist() == [[1.0, -1.0]]


def test_rows_of_a_feasible_set_are_feasible_sets_of_rows():
    x, z, rows = normal(5, 6).clamp(-1, 1), normal(5, 6, seed=1), torch.tensor([True, False, True, True, False])
    whole = FeasibleSet.around(x, 0.8, (-1.0, 1.5))
    assert torch.equal(whole[rows].project(z[rows]), whole.project(z)[rows])
    assert torch.equal(whole[rows].project(z[rows]), project(z[rows], x[rows], 0.8, (-1.0, 1.5)))
