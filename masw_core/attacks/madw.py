"""MADW: damped least squares with self-paced weights (Algorithms S.1 and S.3, Eqs. 22, 24 and S.12-S.15).

Each step solves the linearised optimality system of "least violation first, least norm second" for a change of z and
of the multipliers eta. The systems and their solvers are in ``damped_least_squares``; epsilon and the damping factor
follow L (lines 6-14).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from masw_core.attacks.base import Attack, Model, State
from masw_core.attacks.jacobian import constraint_rows, needed_labels, score_gradients
from masw_core.attacks.registry import PaperRow, register
from masw_core.settings import require
from masw_core.solvers.damped_least_squares import Exact, Residual, Scalar, Span, full_residual
from masw_core.task.geometry import unit
from masw_core.task.goals import Constraints, Goal, Reference, Space, seen_in
from masw_core.trace.step import Step
from masw_core.weighting.branches import FELL, ROSE
from masw_core.weighting.lagrangian import balance, closed_form_slack
from masw_core.weighting.pacing import NOT_STARTED, Memory, NotStarted, Pacing, Scale
from masw_core.weighting.rules import SelfPacedWeighting

import torch
from torch import Tensor

EXACT_LIMIT = 64  # numbers in the image: the exact system has a dense 2n x 2n Jacobian with third derivatives
DAMPING_RANGE = (1e-12, 1e12)


@dataclass(frozen=True)
class MADWState(State):
    """z, eta (of its shape), the damping factor (b,), and Algorithm 1's memory with (S.12) for L."""

    eta: Tensor
    damping: Tensor
    memory: Memory | NotStarted = NOT_STARTED


@register(
    "madw",
    title="MADW",
    family="self-paced weighting",
    paper="Su, Wu & Zhu: Multi-label Adversarial Attack with New Measures and Self-paced Constraint Weighting, "
    "supplement",
    cases=("untargeted", "targeted"),
    fidelity="reconstruction",
    summary="Solves the optimality system of the weighted constraints by damped least squares; few, long steps.",
    presets={
        "default": {},
        "paper": {
            "space": "probability",
            "reference": "flow",
            "margin": 0.0,
            "epsilon0": 0.01,
            "epsilon_scale": "absolute",
            "damping0": 1e-6,
        },
        "few-steps": {"increase": 2.0, "decrease": 3.0},
        "printed": {"system": "printed", "solver": "scalar", "margin": 0.0},
    },
    in_paper=PaperRow(14, ("untargeted", "universal", "targeted"), main=False),
    in_plane=False,  # the player paints MASW's Lagrangian, not this one
    needs_jacobian=True,
)
@dataclass(frozen=True)
class MADW(Attack):
    """Multi-label attack by damped least squares and self-paced weighting. Distance: L2.

    Attributes:
        solver: ``"span"``: in the span of the score gradients, ignoring second derivatives of the scores (exact
            for logits of ReLU networks), one batched Jacobian per step; ``"exact"``: all derivatives, for at most
            64 numbers per image; ``"scalar"``: L taken as the residual, solved by Sherman-Morrison, third
            derivatives by automatic differentiation.
        system: ``"complete"``: grad Theta = 0 and H eta = z; ``"printed"``: the second only, as in (S.12).
        space, reference, epsilon0, epsilon_scale: as in MASW.
        margin: constraints ask for this much more than zero, in the units of ``space``. It also keeps constraints
            that barely hold in the system, which otherwise lets go of what it has just reached.
        eta_growth: growth of epsilon when L drops (the paper's eta, 1.015).
        damping0: first damping factor lambda_D (the paper gives none).
        increase, decrease: of the damping factor, f_in 1.5 and f_de 5; preset ``few-steps``: 2 and 3, which keep it
            from falling faster than it can rise again (docs/decisions.md).
        lambda1, lambda2: balance of rank constraints and of flip and keep constraints.

    The reported Lagrangian is Theta (Eq. 16) under the weights in force; the branch tells of L (S.12).

    Deviates from the paper:
        (S.12) as printed does not compose; this is the consistent system, with the sign of the proof of Theorem 3
        and varsigma = 1. It is solved by z = 0 when grad Theta = 0 is left out, so that condition is part of it.
        v is not a free variable but what complementarity makes it: 1 where a constraint is violated. By default on
        logits, with a relative epsilon and a margin. Weights come from the slack one step before, Eq. 24's index.
    Deviates from public code:
        None exists.
    """

    solver: Literal["span", "exact", "scalar"] = "span"
    system: Literal["complete", "printed"] = "complete"
    space: Space = "logit"
    reference: Reference = "spread"
    margin: float = 1.0
    epsilon0: float = 0.5
    epsilon_scale: Scale = "relative"
    eta_growth: float = 1.015
    damping0: float = 100.0
    increase: float = 1.5
    decrease: float = 5.0
    lambda1: float = 0.5
    lambda2: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.margin >= 0, f"margin = {self.margin} must not be negative.")
        require(self.epsilon0 > 0, f"epsilon0 = {self.epsilon0} must be positive.")
        require(self.damping0 > 0, f"damping0 = {self.damping0} must be positive.")
        require(self.eta_growth > 1, f"eta_growth = {self.eta_growth} must be above 1.")
        require(min(self.increase, self.decrease) > 1, "increase and decrease must be above 1.")
        require(self.lambda1 >= 0 and self.lambda2 >= 0, "lambda1 and lambda2 must not be negative.")

    @property
    def reported_space(self) -> str:
        return self.space

    def init(self, x: Tensor, goal: Goal) -> MADWState:
        size = x[0].numel()
        if self.solver == "exact" and size > EXACT_LIMIT:
            raise ValueError(
                f"solver = 'exact' takes images of at most {EXACT_LIMIT} numbers, not {size}: choose 'span'."
            )
        damping = torch.full((len(x),), self.damping0, dtype=x.dtype, device=x.device)
        return MADWState(torch.zeros_like(x), eta=torch.zeros_like(x), damping=damping)

    @cached_property
    def pacing(self) -> Pacing:
        return Pacing(SelfPacedWeighting(self.eta_growth), self.epsilon0, self.epsilon_scale, compare="literal")

    def step(self, state: MADWState, model: Model, x: Tensor, goal: Goal) -> tuple[MADWState, Step]:
        z = state.perturbation.detach().requires_grad_()
        scores = model(x + z)
        solve = self._span if self.solver == "span" else self._full
        constraints, system, eta = solve(state, scores, z, goal)
        asked = constraints.values.detach()
        slack = closed_form_slack(asked, constraints.mask)
        memory, _, branch = self.pacing.turn(state.memory, slack, asked, lambda *_: system.loss)  # lines 6-10, 16
        damping = self._damping(state, branch)
        dz, d_eta = system.move(damping)
        moved = MADWState(z.detach() + dz.view_as(z), eta.detach() + d_eta.view_as(z), damping, memory)
        step = self._report(state, scores.detach(), constraints, memory, branch)
        return moved, replace(step, gradient_norm=system.gradient_norm)

    def observe(self, state: MADWState, scores: Tensor, goal: Goal) -> Step:
        # L needs gradients, so the last point is never taken for an improvement of it.
        branch = torch.full_like(state.damping, ROSE, dtype=torch.long)
        return self._report(state, scores, self._constraints(scores, goal), state.memory, branch)

    def _damping(self, state: MADWState, branch: Tensor) -> Tensor:
        """(b,) the damping factor: less of it where L fell, more where it rose (lines 11-14)."""
        if isinstance(state.memory, NotStarted):
            return state.damping
        change = torch.where(branch == FELL, 1 / self.decrease, self.increase).to(state.damping.dtype)
        return (state.damping * change).clamp(*DAMPING_RANGE)

    def _span(self, state: MADWState, scores: Tensor, z: Tensor, goal: Goal) -> tuple[Constraints, Residual, Tensor]:
        leaf = scores.detach().requires_grad_()
        constraints = self._constraints(leaf, goal)
        slack = closed_form_slack(constraints.values.detach(), constraints.mask)
        force = self._force(state, constraints)
        slopes = constraint_rows(leaf, constraints) * (slack > 0)[..., None]  # D(v) d CT / d s
        labels, exist = needed_labels((slopes != 0).any(1))
        rows = score_gradients(scores, z, labels) * exist[..., None]
        slopes = slopes.gather(2, labels[:, None].expand(-1, slopes.shape[1], -1)) * exist[:, None]
        weighted = slopes.transpose(1, 2) * force[:, None]
        weight, pull = weighted @ slopes, (weighted @ slack[..., None])[..., 0]
        eta = self._first_eta(state, (pull[:, None] @ rows)[:, 0].view_as(z))
        flat = (z.detach().flatten(1), eta.flatten(1))
        return constraints, Span(rows, weight, pull, *flat, self.system == "complete"), eta

    def _full(self, state: MADWState, scores: Tensor, z: Tensor, goal: Goal) -> tuple[Constraints, Residual, Tensor]:
        constraints = self._constraints(scores, goal)
        slack = closed_form_slack(constraints.values, constraints.mask)
        theta = (self._force(state, constraints) * slack.square()).sum(1) / 2
        (slope,) = torch.autograd.grad(theta.sum(), z, retain_graph=True)
        eta = self._first_eta(state, -slope).requires_grad_()
        residual = full_residual(theta, z, eta, self.system == "complete")
        return constraints, (Exact if self.solver == "exact" else Scalar)(residual, z, eta), eta

    def _first_eta(self, state: MADWState, descent: Tensor) -> Tensor:
        """eta^0: zero; for the printed system, which zero solves, the unit direction that lowers Theta."""
        if self.system == "printed" and isinstance(state.memory, NotStarted):
            return unit(descent)
        return state.eta.detach().clone()

    def _constraints(self, scores: Tensor, goal: Goal) -> Constraints:
        constraints = goal.constraints(*seen_in(self.space, scores), self.reference)
        return constraints._replace(values=constraints.values - self.margin)

    def _force(self, state: MADWState, constraints: Constraints) -> Tensor:
        """(b, m) lambda w, the diagonal of D(w)."""
        return _weights(state, constraints) * balance(constraints, self.lambda1, self.lambda2)

    def _report(
        self, state: MADWState, scores: Tensor, constraints: Constraints, memory: Memory | NotStarted, branch: Tensor
    ) -> Step:
        slack = closed_form_slack(constraints.values.detach(), constraints.mask)
        return Step.at(
            state.perturbation,
            scores,
            constraints._replace(values=constraints.values + self.margin),  # a step has them without the margin
            (self._force(state, constraints) * slack.square()).sum(1) / 2,
            slack=slack,
            weights=_weights(state, constraints),
            epsilon=None if isinstance(memory, NotStarted) else memory.pace.epsilon,
            branch=branch,
        )


def _weights(state: MADWState, constraints: Constraints) -> Tensor:
    """(b, m) the weights in force at z_t: those of the step before, at first all 1."""
    if isinstance(state.memory, NotStarted):
        return torch.ones_like(constraints.values)
    return state.memory.weights
