"""MADW: its system against dense algebra and full derivatives, its three solvers against each other, its schedule."""

from masw_core import Goal, iterate, load_attack, make_goal, run
from masw_core.solvers.damped_least_squares import Exact, Scalar, Span, full_residual
from masw_core.weighting.branches import FELL, ROSE, START

import pytest
import torch
from torch import nn


class Tiny(nn.Module):
    """(3, 2, 2) images to 6 labels through one hidden layer."""

    def __init__(self, activation=torch.relu, seed: int = 0) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.hidden, self.out = nn.Linear(12, 24).double(), nn.Linear(24, 6).double()
        self.activation = activation
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(0.5 * torch.randn(parameter.shape, generator=generator, dtype=torch.float64))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(self.activation(self.hidden(x.flatten(1))))


def problem(model, rows=10, case="untargeted"):
    generator = torch.Generator().manual_seed(2)
    x = torch.rand(rows, 3, 2, 2, generator=generator, dtype=torch.float64) - 0.5
    scores = model(x).detach()
    true = torch.zeros_like(scores, dtype=torch.bool).scatter_(1, scores.topk(2, dim=1).indices, True)
    return x, make_goal(case, true, 2, scores)


def path(attack, model, x, goal):
    return torch.stack([step.perturbation for step in iterate(attack, model, x, goal)])


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("rank", [2, 4])
def test_the_span_solves_the_dense_damped_least_squares(complete, rank):
    """(S.15) written out in 2n unknowns, with R1 = -G^T q and R2 = G^T M G eta - z; also for dependent rows."""
    generator = torch.Generator().manual_seed(rank)

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    b, r, n = 3, 4, 9
    rows = 0.3 * normal(b, r, rank) @ normal(b, rank, n)
    mix, pull, z, eta = normal(b, 2, r), normal(b, r), normal(b, n), normal(b, n)
    weight, damping = mix.transpose(1, 2) @ mix, torch.tensor([0.01, 1.0, 50.0], dtype=torch.float64)
    span = Span(rows, weight, pull, z, eta, complete)
    dz, d_eta = span.move(damping)
    for sample in range(b):
        g = rows[sample]
        h, eye = g.T @ weight[sample] @ g, torch.eye(n, dtype=torch.float64)
        first, second = -g.T @ pull[sample], h @ eta[sample] - z[sample]
        residual = torch.cat([first, second]) if complete else second
        jacobian = torch.cat([-eye, h], 1)
        if complete:
            jacobian = torch.cat([torch.cat([h, 0 * h], 1), jacobian])
        slope = jacobian.T @ residual
        change = torch.linalg.solve(jacobian.T @ jacobian + damping[sample] * torch.eye(2 * n).double(), -slope)
        torch.testing.assert_close(torch.cat([dz[sample], d_eta[sample]]), change, atol=1e-8, rtol=1e-7)
        torch.testing.assert_close(span.loss[sample], residual.square().sum() / 2)
        torch.testing.assert_close(span.gradient_norm[sample], slope.norm())


def test_the_residual_is_the_gradient_of_theta_and_its_hessian_times_eta():
    model, x = Tiny(torch.tanh), torch.zeros(1, 3, 2, 2, dtype=torch.float64)
    goal = Goal.untargeted(torch.tensor([[True, True, False, False, False, False]]), 2)
    weights = torch.linspace(0.2, 1.0, 12, dtype=torch.float64)

    def theta(z):
        constraints = goal.constraints(model(x + z.view_as(x)))
        return (weights * (constraints.values.neg().clamp_min(0) * constraints.mask).square()).sum(1) / 2

    z, eta = torch.randn(2, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 0.1
    hessian = torch.autograd.functional.hessian(lambda v: theta(v).sum(), z)
    (slope,) = torch.autograd.grad(theta(z.requires_grad_()).sum(), z)
    leaf = z.detach()[None].requires_grad_()
    residual = full_residual(theta(leaf), leaf, eta[None], True)[0]
    torch.testing.assert_close(residual, torch.cat([slope, hessian @ eta - z]).detach())
    assert hessian.abs().max() > 1e-3


@pytest.mark.parametrize(("system", "case"), [("complete", "untargeted"), ("complete", "worst"), ("printed", "best")])
def test_for_relu_networks_the_span_is_exact(system, case):
    """Scores of a ReLU network have no second derivatives almost everywhere: both solvers take the same path."""
    model = Tiny(torch.relu)
    x, goal = problem(model, case=case)
    settings = {"system": system, "steps": 6, "tau": 2.0, "damping0": 1.0}
    span, exact = (path(load_attack("madw", solver=s, **settings), model, x, goal) for s in ("span", "exact"))
    assert span.abs().max() > 1e-3
    torch.testing.assert_close(span, exact, atol=1e-7, rtol=1e-5)


def test_for_smooth_networks_second_derivatives_change_the_path():
    model = Tiny(torch.tanh)
    x, goal = problem(model)
    span, exact = (path(load_attack("madw", solver=s, steps=3, tau=2.0), model, x, goal) for s in ("span", "exact"))
    assert (span - exact).abs().max() > 1e-3


def test_the_scalar_reading_is_the_rank_one_system():
    """(g g^T + damping I) delta = -g L, solved densely; L = 0 gives no move."""
    z, eta = torch.randn(2, 2, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    z.requires_grad_(), eta.requires_grad_()
    matrix = torch.randn(2, 7, 10, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    residual = (matrix @ torch.cat([z, eta], 1)[..., None])[..., 0]
    both = torch.cat([z, eta], 1).detach()
    damping = torch.tensor([0.3, 20.0], dtype=torch.float64)
    exact, scalar = Exact(residual, z, eta), Scalar((matrix @ torch.cat([z, eta], 1)[..., None])[..., 0], z, eta)
    moved = torch.cat(scalar.move(damping), 1)
    for sample in range(2):
        g = matrix[sample].T @ matrix[sample] @ both[sample]
        loss = (matrix[sample] @ both[sample]).square().sum() / 2
        dense = torch.linalg.solve(torch.outer(g, g) + damping[sample] * torch.eye(10).double(), -g * loss)
        torch.testing.assert_close(moved[sample], dense)
        torch.testing.assert_close(scalar.gradient_norm[sample], g.norm())
    torch.testing.assert_close(exact.loss, scalar.loss)
    torch.testing.assert_close(exact.gradient_norm, scalar.gradient_norm)


def test_with_little_damping_a_linear_model_takes_the_least_norm_step():
    """All rows violated and kept: z becomes the least-norm solution of CT = margin, the Gauss-Newton step."""
    model = nn.Linear(12, 6).double()
    model.box = (-1e3, 1e3)
    with torch.no_grad():
        model.weight.copy_(torch.randn(6, 12, generator=torch.Generator().manual_seed(0), dtype=torch.float64))
        model.bias.copy_(torch.tensor([3.0, 1.0, -1.0, -2.0, -2.5, -3.0]))
    x = torch.zeros(1, 12, dtype=torch.float64)
    goal = Goal.untargeted(torch.tensor([[True, False, False, False, False, False]]), 1)
    attack = load_attack("madw", damping0=1e-9, steps=1, tau=1e6, margin=0.5, reference="flow")
    moved = path(attack, model, x, goal)[1, 0]
    rows = torch.stack([model.weight[1] - model.weight[0], -model.weight[0]]).detach()  # CT rank, CT flip
    needed = torch.tensor([0.5 - (1.0 - 3.0), 0.5 + 3.0], dtype=torch.float64)
    torch.testing.assert_close(moved, torch.linalg.lstsq(rows, needed).solution, atol=1e-5, rtol=1e-5)


def test_zero_solves_the_printed_system_and_it_hardly_attacks(tagger, images, true):
    zero = torch.zeros(1, 4, dtype=torch.float64, requires_grad=True)
    residual = full_residual((zero - 1).square().sum(1), zero, torch.zeros(1, 4, dtype=torch.float64), False)
    assert not bool(residual.any())
    goal = Goal.untargeted(true, 2)
    complete, printed, scalar = (
        run(load_attack("madw", steps=20, tau=1.2, **settings), tagger, images, goal).success.sum()
        for settings in ({}, {"system": "printed"}, {"preset": "printed"})
    )
    assert complete > len(images) // 2
    assert max(printed, scalar) < complete / 3


def test_it_needs_far_fewer_steps_than_masw(tagger, images, true):
    goal = Goal.untargeted(true, 2)
    madw, masw = (run(load_attack(name, steps=60, tau=1.5), tagger, images, goal) for name in ("madw", "masw"))
    assert madw.success.sum() >= masw.success.sum() - 3
    both = madw.success & masw.success
    assert madw.iterations[both].double().mean() < masw.iterations[both].double().mean() / 2


def test_epsilon_and_damping_follow_the_branches(tagger, images, true):
    goal = make_goal("worst", true, 2, tagger(images).detach())
    attack = load_attack("madw", steps=20, tau=1.0, damping0=2.0)
    state, epsilon, damping = attack.init(images, goal), None, torch.full((24,), 2.0, dtype=torch.float64)
    branches = set()
    for _ in range(15):
        state, step = attack.step(state, tagger, images, goal)
        branches |= set(step.branch.tolist())
        if epsilon is not None:
            fell = step.branch == FELL
            damping = torch.where(fell, damping / 5, damping * 1.5)
            torch.testing.assert_close(step.epsilon[fell], 1.015 * epsilon[fell])
            assert bool((step.epsilon[~fell] <= epsilon[~fell]).all())
        epsilon = step.epsilon
        torch.testing.assert_close(state.damping, damping)
        torch.testing.assert_close(
            state.memory.weights, step.epsilon[:, None] / torch.maximum(step.slack, step.epsilon[:, None])
        )
    assert branches == {START, FELL, ROSE}


@pytest.mark.parametrize("solver", ["exact", "scalar"])
def test_the_other_solvers_attack_and_keep_ball_and_box(solver):
    model = Tiny(torch.tanh)
    x, goal = problem(model, rows=6)
    steps = list(iterate(load_attack("madw", solver=solver, steps=30, tau=2.0), model, x, goal))
    assert torch.stack([step.success for step in steps]).any(0).sum() >= 3
    for step in steps:
        assert bool((step.norm <= 2.0 * (1 + 1e-9)).all())
        assert bool(torch.isfinite(step.perturbation).all())


def test_keep_constraints_count(tagger, images, true):
    goal = make_goal("best", true, 2, tagger(images).detach(), attack_cost=True)
    last = list(iterate(load_attack("madw", steps=5, tau=1.0), tagger, images, goal))[-1]
    assert last.slack.shape == (24, 24)


def test_wrong_settings_get_one_sentence(tagger, images, true):
    with pytest.raises(ValueError, match="at most 64 numbers, not 108"):
        run(load_attack("madw", solver="exact", steps=1, tau=1.0), tagger, images, Goal.untargeted(true, 2))
    with pytest.raises(ValueError, match="span, exact, scalar"):
        load_attack("madw", solver="cg")
    with pytest.raises(ValueError, match="complete, printed"):
        load_attack("madw", system="full")
    with pytest.raises(ValueError, match="damping0"):
        load_attack("madw", damping0=0.0)
