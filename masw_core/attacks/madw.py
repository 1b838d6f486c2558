"""MADW: damped least squares with self-paced weights (Algorithms S.1 and S.3, Eqs. 22, 24 and S.12-S.15).

Each step solves the linearised optimality system of "least violation first, least norm second" for a change of z and
of the multipliers eta. The systems and their solvers are in ``damped_least_squares``; epsilon and the damping factor
follow L (lines 6-14).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, get_args

from masw_core.attacks.base import Attack, Model, State
from masw_core.attacks.jacobian import constraint_rows, needed_labels, score_gradients
from masw_core.attacks.registry import register
from masw_core.settings import choose, require
from masw_core.solvers.damped_least_squares import Exact, Residual, Scalar, Span, full_residual
from masw_core.task.geometry import per_sample, unit
from masw_core.task.goals import Constraints, Goal, Reference
from masw_core.trace.step import Step
from masw_core.weighting.rules import FELL, ROSE, START, Pace, SelfPacedWeighting

import torch
from torch import Tensor

EXACT_LIMIT = 64  # numbers in the image: the exact system has a dense 2n x 2n Jacobian with third derivatives
DAMPING_RANGE = (1e-12, 1e12)


@dataclass(frozen=True)
class MADWState(State):
    """z, eta (of its shape), the weights in force, the pace of epsilon, damping and the best L (b,)."""

    eta: Tensor
    weights: Tensor
    pace: Pace
    damping: Tensor
    best: Tensor


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

    name: ClassVar[str] = "madw"

    solver: str = "span"
    system: str = "complete"
    space: str = "logit"
    reference: Reference = "spread"
    margin: float = 1.0
    epsilon0: float = 0.5
    epsilon_scale: str = "relative"
    eta_growth: float = 1.015
    damping0: float = 100.0
    increase: float = 1.5
    decrease: float = 5.0
    lambda1: float = 0.5
    lambda2: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        choose("solver", self.solver, ("span", "exact", "scalar"))
        choose("system", self.system, ("complete", "printed"))
        choose("space", self.space, ("logit", "probability"))
        choose("reference", self.reference, get_args(Reference))
        require(self.margin >= 0, f"margin = {self.margin} must not be negative.")
        choose("epsilon_scale", self.epsilon_scale, ("relative", "absolute"))
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
        columns = (2 if goal.keep is None else 3) * goal.true.shape[1]
        one = torch.ones(len(x), dtype=x.dtype, device=x.device)
        return MADWState(
            perturbation=torch.zeros_like(x),
            eta=torch.zeros_like(x),
            weights=torch.ones(len(x), columns, dtype=x.dtype, device=x.device),
            pace=Pace.start(one * torch.nan),
            damping=self.damping0 * one,
            best=one * torch.inf,
        )

    def step(self, state: MADWState, model: Model, x: Tensor, goal: Goal) -> tuple[MADWState, Step]:
        z = state.perturbation.detach().requires_grad_()
        scores = model(x + z)
        first = state.best.isinf()
        if self.solver == "span":
            constraints, system, eta = self._span(state, scores, z, goal, first)
        else:
            constraints, system, eta = self._full(state, scores, z, goal, first)

        slack = _slack(constraints)
        pace = Pace(*(torch.where(first, self._first_epsilon(slack), value) for value in _both(state.pace)))
        fell = system.loss < state.best  # line 6
        advanced = SelfPacedWeighting(self.eta_growth).advance(pace, fell)
        pace = Pace(*(torch.where(first, old, new) for old, new in zip(_both(pace), _both(advanced), strict=True)))
        change = torch.where(fell, 1 / self.decrease, self.increase).where(~first, torch.ones_like(state.damping))
        damping = (state.damping * change).clamp(*DAMPING_RANGE)
        dz, d_eta = system.move(damping)
        moved = MADWState(
            perturbation=z.detach() + dz.view_as(z),
            eta=eta.detach() + d_eta.view_as(z),
            weights=SelfPacedWeighting(self.eta_growth).weights(slack, pace.epsilon),  # line 16
            pace=pace,
            damping=damping,
            best=torch.where(fell, system.loss, state.best),
        )
        branch = torch.where(first, START, torch.where(fell, FELL, ROSE))
        step = self._report(state, scores.detach(), constraints, pace.epsilon, branch)
        return moved, replace(step, gradient_norm=system.gradient_norm)

    def observe(self, state: MADWState, scores: Tensor, goal: Goal) -> Step:
        # L needs gradients, so the last point is never taken for an improvement of it.
        branch = torch.full_like(state.best, ROSE, dtype=torch.long)
        return self._report(state, scores, self._constraints(scores, goal), state.pace.epsilon, branch)

    def _span(
        self, state: MADWState, scores: Tensor, z: Tensor, goal: Goal, first: Tensor
    ) -> tuple[Constraints, Residual, Tensor]:
        leaf = scores.detach().requires_grad_()
        constraints = self._constraints(leaf, goal)
        slack, force = _slack(constraints), self._force(state, constraints)
        slopes = constraint_rows(leaf, constraints) * (slack > 0)[..., None]  # D(v) d CT / d s
        labels, exist = needed_labels((slopes != 0).any(1))
        rows = score_gradients(scores, z, labels) * exist[..., None]
        slopes = slopes.gather(2, labels[:, None].expand(-1, slopes.shape[1], -1)) * exist[:, None]
        weighted = slopes.transpose(1, 2) * force[:, None]
        weight, pull = weighted @ slopes, (weighted @ slack[..., None])[..., 0]
        eta = self._first_eta(state, (pull[:, None] @ rows)[:, 0].view_as(z), first)
        flat = (z.detach().flatten(1), eta.flatten(1))
        return constraints, Span(rows, weight, pull, *flat, self.system == "complete"), eta

    def _full(
        self, state: MADWState, scores: Tensor, z: Tensor, goal: Goal, first: Tensor
    ) -> tuple[Constraints, Residual, Tensor]:
        constraints = self._constraints(scores, goal)
        slack = constraints.values.neg().clamp_min(0) * constraints.mask
        theta = (self._force(state, constraints) * slack.square()).sum(1) / 2
        (slope,) = torch.autograd.grad(theta.sum(), z, retain_graph=True)
        eta = self._first_eta(state, -slope, first).requires_grad_()
        residual = full_residual(theta, z, eta, self.system == "complete")
        return constraints, (Exact if self.solver == "exact" else Scalar)(residual, z, eta), eta

    def _first_eta(self, state: MADWState, descent: Tensor, first: Tensor) -> Tensor:
        """eta^0: zero; for the printed system, which zero solves, the unit direction that lowers Theta."""
        if self.system == "complete" or not bool(first.any()):
            return state.eta.detach().clone()
        return torch.where(per_sample(first, descent), unit(descent), state.eta)

    def _constraints(self, scores: Tensor, goal: Goal) -> Constraints:
        seen, threshold = (scores.sigmoid(), 0.5) if self.space == "probability" else (scores, 0.0)
        constraints = goal.constraints(seen, threshold, self.reference)
        return constraints._replace(values=constraints.values - self.margin)

    def _force(self, state: MADWState, constraints: Constraints) -> Tensor:
        """(b, m) lambda w, the diagonal of D(w)."""
        balance = [self.lambda1 if family == "rank" else self.lambda2 for family in constraints.family]
        return state.weights * torch.tensor(balance, dtype=state.weights.dtype, device=state.weights.device)

    def _first_epsilon(self, slack: Tensor) -> Tensor:
        largest = slack.amax(1)
        scale = largest if self.epsilon_scale == "relative" else torch.ones_like(largest)
        return self.epsilon0 * torch.where(scale > 0, scale, torch.ones_like(scale))

    def _report(
        self, state: MADWState, scores: Tensor, constraints: Constraints, epsilon: Tensor, branch: Tensor
    ) -> Step:
        slack = _slack(constraints)
        theta = (self._force(state, constraints) * slack.square()).sum(1) / 2
        told: dict[str, Any] = {"weights": state.weights, "epsilon": epsilon, "branch": branch}
        return Step.at(state.perturbation, scores, constraints, theta, slack=slack, **told)


def _slack(constraints: Constraints) -> Tensor:
    return constraints.values.detach().neg().clamp_min(0) * constraints.mask


def _both(pace: Pace) -> tuple[Tensor, Tensor]:
    return pace.epsilon, pace.previous
