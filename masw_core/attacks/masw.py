"""MASW: least constraint violation with self-paced constraint weights (Eqs. 11, 13, 14, 16, 17, 24; Alg. 1 and 3).

Each step looks at the constraints, turns violation into slack, lets a weighting rule decide how much every slack
may pull, and descends the weighted sum. What the paper leaves open is decided in docs/decisions.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, Self

from masw_core.attacks.base import Evaluation, State, filled
from masw_core.attacks.hand_weighted import HandWeighted
from masw_core.attacks.registry import PaperRow, register
from masw_core.settings import require
from masw_core.task.goals import Constraints, Goal, Reference, Space, seen_in
from masw_core.trace.step import Step
from masw_core.weighting.lagrangian import Form, WeightedLagrangian
from masw_core.weighting.literal import LiteralLagrangian
from masw_core.weighting.pacing import NOT_STARTED, Comparison, Memory, NotStarted, Pacing, Scale

import torch
from torch import Tensor

# What won on the tuning split, per kind of goal (docs/measurements.md); a field that is None takes its value from here.
CASE_DEFAULTS: dict[str, dict[str, float]] = {
    "untargeted": {"epsilon0": 0.1, "lambda2": 2.0},
    "targeted": {"epsilon0": 0.1, "lambda2": 0.5},
    "targeted, many labels": {"epsilon0": 0.5, "lambda2": 0.5},
}
MANY_LABELS = 40  # more than so many: their rank constraints would outweigh the flips at a small epsilon
MARGIN: dict[Space, float] = {"logit": 1.0, "probability": 0.0}  # of a margin that is None


@dataclass(frozen=True)
class MASWState(State):
    """z_t, Algorithm 1's memory, and the free slack (b, m) of the literal Eq. 23."""

    memory: Memory | NotStarted = NOT_STARTED
    free: Tensor | NotStarted = NOT_STARTED


@register(
    "masw",
    title="MASW",
    family="self-paced weighting",
    paper="Su, Wu & Zhu: Multi-label Adversarial Attack with New Measures and Self-paced Constraint Weighting",
    cases=("untargeted", "targeted"),
    fidelity="faithful",
    summary="Slack per constraint, and self-paced weights that decide how much a hard one may pull.",
    presets={
        "default": {},
        "paper": {
            "form": "quadratic",
            "space": "probability",
            "reference": "flow",
            "epsilon0": 0.01,
            "epsilon_scale": "absolute",
            "compare": "literal",
            "margin": 0.0,
            "lambda2": 0.5,
            "step_rule": "raw",
            "step_size": 0.01,
        },
    },
    in_paper=PaperRow(15, ("untargeted", "universal", "targeted"), large=True),
)
@dataclass(frozen=True)
class MASW(HandWeighted):
    """Multi-label attack with self-paced constraint weighting, untargeted and targeted.

    Paper: Eqs. 11 and 13 (constraints), 16-17 (closed-form slack and its gradient), 24 (weights), Algorithms 1 and 3.
    Distance: L2. ``epsilon0``, ``lambda2`` and ``margin`` set to None are chosen per case and space, see
    ``CASE_DEFAULTS`` and ``MARGIN``.

    Attributes:
        form: ``"quadratic"`` lowers sum(lambda w slack^2) / 2 (Eq. 16); ``"linear"`` sum(lambda w slack);
            ``"lagrangian"`` the quadratic minus nu times the margin of satisfied constraints.
        space: ``"logit"`` (threshold 0) or ``"probability"`` (threshold 0.5, the paper).
        slack: ``"closed-form"``: max(0, -CT), gradient flows through it; ``"gradient"``: Eq. 23 taken literally,
            slack is a free variable and the weights provably never reach the perturbation (a teaching exhibit).
        reference: where the gradient of the moving reference score goes: ``"flow"`` to the label that has this
            rank now (the paper), ``"hold"`` nowhere, ``"spread"`` to all labels that must pass, ``"lagging"`` to
            those that have not passed yet; see ``Goal``.
        epsilon0: the first epsilon, see ``epsilon_scale``. None: 0.1; with targets and more than 40 labels 0.5.
        epsilon_scale: ``"relative"``: epsilon0 is a share of the first largest slack; ``"absolute"``: in the
            units of the scores (the paper: 0.01).
        lambda1, lambda2: balance of rank constraints and of flip and keep constraints (0.5 each in the paper).
            lambda2 None: 2 untargeted, where the top k is left before the labels are off; 0.5 targeted.
        nu: gain on satisfied margins in ``"lagrangian"``, multiplier in the literal form (1.0).
        margin: constraints ask for this much more than zero (in the scale of ``space``), like the kappa of
            Carlini & Wagner: pulls do not fade at the boundary, and successes survive rounding to 8-bit pixels.
            0 in the paper; None: 1 for logits, 0 for probabilities.
        compare: L^t against L^{t-1} under the same weights (``"same-weights"``) or each under its own
            (``"literal"``, line 5 as printed: growing weights can look like failure).

    Deviates from the paper:
        The slack is never a free variable (except ``slack="gradient"``): under Eq. 23 as printed neither weights nor
        slack reach the gradient of z. ||z||^2 is not part of L (the ball bounds it, as in the paper's settings).
        Targets compare with f_[k], not f_[k+1]. Eq. 24 uses the slack just seen, from the first step on.
        The default shares the pull of the moving reference among the labels that have yet to pass, asks for a margin
        and, untargeted, weighs flips four times as much as ranks (docs/measurements.md; preset ``paper``: none of it).
        Steps have unit length by default: with raw gradients epsilon itself would set the step length.
    Deviates from public code:
        None exists; the authors' repository holds baselines only.
    """

    form: Form = "quadratic"
    space: Space = "logit"
    slack: Literal["closed-form", "gradient"] = "closed-form"
    reference: Reference = "lagging"
    epsilon0: float | None = None
    epsilon_scale: Scale = "relative"
    lambda1: float = 0.5
    lambda2: float | None = None
    nu: float = 1.0
    margin: float | None = None
    compare: Comparison = "same-weights"

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.epsilon0 is None or self.epsilon0 > 0, f"epsilon0 = {self.epsilon0} must be positive.")
        require(self.margin is None or self.margin >= 0, f"margin = {self.margin} must not be negative.")
        require(min(self.lambda1, self.lambda2 or 0.0) >= 0, "lambda1 and lambda2 must not be negative.")

    def prepared(self, model: Any, goal: Goal) -> Self:
        attack = super().prepared(model, goal)
        defaults: dict[str, Any] = {**CASE_DEFAULTS[_kind(goal)], "margin": MARGIN[self.space]}
        return replace(attack, **{name: value for name, value in defaults.items() if getattr(attack, name) is None})

    @property
    def reported_space(self) -> str:
        return self.space

    @cached_property
    def pacing(self) -> Pacing:
        return Pacing(self.rule, filled(self.epsilon0), self.epsilon_scale, self.compare, clean_counts=False)

    @cached_property
    def lagrangian(self) -> WeightedLagrangian | LiteralLagrangian:
        lambdas = (self.lambda1, filled(self.lambda2))
        if self.slack == "gradient":
            return LiteralLagrangian(*lambdas, self.nu, filled(self.step_size))
        return WeightedLagrangian(self.form, *lambdas, self.nu)

    def pulls(self, constraints: Constraints, weights: Tensor) -> Tensor:
        """(b, m) w lambda slack in the quadratic form, Eq. 17; in every form minus the derivative of L by CT."""
        asked = constraints.values.detach() - filled(self.margin)
        slack = self.lagrangian.slack(NOT_STARTED, asked, constraints.mask)
        return self.lagrangian.pulls(slack, asked, constraints, weights)

    def init(self, x: Tensor, goal: Goal) -> MASWState:
        return MASWState(torch.zeros_like(x))

    def evaluate(self, state: MASWState, scores: Tensor, goal: Goal) -> Evaluation:
        constraints = goal.constraints(*seen_in(self.space, scores), self.reference)
        asked = constraints.values.detach() - filled(self.margin)
        slack = self.lagrangian.slack(state.free, asked, constraints.mask)  # Eq. 16

        def lagrangian(slack: Tensor, values: Tensor, weights: Tensor) -> Tensor:
            return self.lagrangian(slack, values, constraints, weights)

        memory, before, branch = self.pacing.turn(state.memory, slack, asked, lagrangian)  # lines 4-6 and 8
        step = Step.at(
            state.perturbation,
            scores,
            constraints,
            before,
            slack=slack,
            weights=memory.weights,
            epsilon=memory.pace.epsilon,
            branch=branch,
        )
        pulls = self.lagrangian.pulls(slack, asked, constraints, memory.weights)
        objective = -(pulls * constraints.values).sum(1)  # line 9: its gradient is that of L, Eq. 17
        free = self.lagrangian.next_slack(slack, constraints, memory.weights)
        return Evaluation(replace(state, memory=memory, free=free), objective, step)


def _kind(goal: Goal) -> str:
    """The row of ``CASE_DEFAULTS`` for a goal."""
    if not goal.is_targeted:
        return "untargeted"
    return "targeted" if goal.true.shape[1] <= MANY_LABELS else "targeted, many labels"
