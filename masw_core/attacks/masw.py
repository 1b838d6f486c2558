"""MASW: least constraint violation with self-paced constraint weights (Eqs. 11, 13, 14, 16, 17, 24; Alg. 1 and 3).

Each step looks at the constraints, turns violation into slack, lets a weighting rule decide how much every slack
may pull, and descends the weighted sum. What the paper leaves open is decided in docs/decisions.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self, get_args

from masw_core.attacks.base import Evaluation, LossAttack, State
from masw_core.attacks.registry import register
from masw_core.settings import choose, require
from masw_core.task.goals import Constraints, Goal, Reference
from masw_core.trace.step import Step
from masw_core.weighting.lagrangian import FORMS, WeightedLagrangian, closed_form_slack
from masw_core.weighting.rules import FELL, ROSE, START, WEIGHTINGS, Pace, Weighting, make_weighting

import torch
from torch import Tensor

# What won on the tuning split, per kind of goal (docs/measurements.md); a None field takes its value from here.
CASE_DEFAULTS: dict[str, dict[str, Any]] = {
    "untargeted": {"form": "quadratic", "space": "logit", "reference": "lagging", "epsilon0": 0.5, "lambda2": 2.0},
    "targeted": {"form": "quadratic", "space": "logit", "reference": "lagging", "epsilon0": 0.5, "lambda2": 0.5},
}
DEFAULT_MARGIN = {"logit": 1.0, "probability": 0.0}


@dataclass(frozen=True)
class MASWState(State):
    """Algorithm 1's memory: the pace of epsilon, the weights in force, and the best L with where it was seen."""

    pace: Pace | None = None
    weights: Tensor | None = None
    best: Tensor | None = None  # (b,) L^{t-1}, the lowest so far
    best_values: Tensor | None = None  # (b, m) constraints where it was seen, to compare under the same weights
    best_slack: Tensor | None = None
    slack: Tensor | None = None  # (b, m) the free slack of slack="gradient"


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
)
@dataclass(frozen=True)
class MASW(LossAttack):
    """Multi-label attack with self-paced constraint weighting, untargeted and targeted.

    Paper: Eqs. 11 and 13 (constraints), 16-17 (closed-form slack and its gradient), 24 (weights), Algorithms 1 and 3.
    Distance: L2. Fields set to None are chosen per case, see ``CASE_DEFAULTS``.

    Attributes:
        form: ``"quadratic"`` lowers sum(lambda w slack^2) / 2 (Eq. 16); ``"linear"`` sum(lambda w slack);
            ``"lagrangian"`` the quadratic minus nu times the margin of satisfied constraints.
        space: ``"logit"`` (threshold 0) or ``"probability"`` (threshold 0.5, the paper).
        slack: ``"closed-form"``: max(0, -CT), gradient flows through it; ``"gradient"``: Eq. 23 taken literally,
            slack is a free variable and the weights provably never reach the perturbation (a teaching exhibit).
        reference: where the gradient of the moving reference score goes: ``"flow"`` to the label that has this
            rank now (the paper), ``"hold"`` nowhere, ``"spread"`` to all labels that must pass, ``"lagging"`` to
            those that have not passed yet; see ``Goal``.
        weighting: ``spw``, ``spl``, ``fixed``, ``threshold``, ``uniform`` or ``manual``.
        epsilon0: the first epsilon, see ``epsilon_scale``.
        epsilon_scale: ``"relative"``: epsilon0 is a share of the first largest slack; ``"absolute"``: in the
            units of the scores (the paper: 0.01).
        eta: growth of epsilon when L drops (1.01).
        lambda1, lambda2: balance of rank constraints and of flip and keep constraints (0.5 each in the paper).
            lambda2 None: 2 untargeted, where the top k is left before the labels are off; 0.5 targeted.
        nu: gain on satisfied margins in ``"lagrangian"``, multiplier in the literal form (1.0).
        margin: constraints ask for this much more than zero (in the scale of ``space``), like the kappa of
            Carlini & Wagner: pulls do not fade at the boundary, and successes survive rounding to 8-bit pixels.
            0 in the paper; None: 1 for logits, 0 for probabilities.
        compare: L^t against L^{t-1} under the same weights (``"same-weights"``) or each under its own
            (``"literal"``, line 5 as printed: growing weights can look like failure).
        manual_factor, manual_hardest: the weight and the number of hardest constraints for ``"manual"``.

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

    name: ClassVar[str] = "masw"

    form: str | None = None
    space: str | None = None
    slack: str = "closed-form"
    reference: Reference | None = None
    weighting: str = "spw"
    epsilon0: float | None = None
    epsilon_scale: str = "relative"
    eta: float = 1.01
    lambda1: float = 0.5
    lambda2: float | None = None
    nu: float = 1.0
    margin: float | None = None
    compare: str = "same-weights"
    manual_factor: float = 0.1
    manual_hardest: int = 5

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.form is not None:
            choose("form", self.form, FORMS)
        if self.space is not None:
            choose("space", self.space, ("logit", "probability"))
        if self.reference is not None:
            choose("reference", self.reference, get_args(Reference))
        choose("slack", self.slack, ("closed-form", "gradient"))
        choose("weighting", self.weighting, WEIGHTINGS)
        choose("epsilon_scale", self.epsilon_scale, ("relative", "absolute"))
        choose("compare", self.compare, ("same-weights", "literal"))
        require(self.epsilon0 is None or self.epsilon0 > 0, f"epsilon0 = {self.epsilon0} must be positive.")
        require(self.margin is None or self.margin >= 0, f"margin = {self.margin} must not be negative.")
        require(self.eta > 1, f"eta = {self.eta} must be above 1: epsilon grows by it when L drops.")
        lambdas = (self.lambda1, self.lambda2 or 0.0)
        require(min(lambdas) >= 0, "lambda1 and lambda2 must not be negative.")

    def prepared(self, model: Any, goal: Goal) -> Self:
        attack = super().prepared(model, goal)
        defaults = CASE_DEFAULTS["targeted" if goal.is_targeted else "untargeted"]
        missing = {field: value for field, value in defaults.items() if getattr(attack, field) is None}
        attack = replace(attack, **missing) if missing else attack
        return attack if attack.margin is not None else replace(attack, margin=DEFAULT_MARGIN[attack.reported_space])

    @property
    def reported_space(self) -> str:
        return self.space or "logit"

    @property
    def rule(self) -> Weighting:
        return make_weighting(self.weighting, self.eta, self.manual_factor, self.manual_hardest)

    def init(self, x: Tensor, goal: Goal) -> MASWState:
        return MASWState(torch.zeros_like(x))

    @property
    def lagrangian(self) -> WeightedLagrangian:
        literal = self.slack == "gradient"
        flips = 0.5 if self.lambda2 is None else self.lambda2
        return WeightedLagrangian(self.form or "quadratic", literal, self.lambda1, flips, self.nu)

    def evaluate(self, state: MASWState, scores: Tensor, goal: Goal) -> Evaluation:
        seen, threshold = (scores.sigmoid(), 0.5) if self.space == "probability" else (scores, 0.0)
        constraints = goal.constraints(seen, threshold, self.reference or "flow")
        asked = constraints.values - (self.margin or 0.0)
        slack = self._slack(state, asked, constraints)
        values, frozen = asked.detach(), slack.detach()

        state, weights, lagrangian, branch = self._pace(state, frozen, values, constraints)
        step = Step.at(
            state.perturbation,
            scores,
            constraints,
            lagrangian,
            slack=frozen,
            weights=weights,
            epsilon=state.pace.epsilon if state.pace else None,
            branch=branch,
        )
        return Evaluation(state, self.lagrangian(slack, asked, constraints, weights), step)

    def _pace(
        self, state: MASWState, slack: Tensor, values: Tensor, constraints: Constraints
    ) -> tuple[MASWState, Tensor, Tensor, Tensor]:
        """Lines 4-6 and 8 of Algorithm 1: L^t, whether it fell, the next epsilon and weights."""
        if state.pace is None or state.weights is None or state.best is None:  # line 1: L^0 = +inf, epsilon^0
            pace = Pace.start(self._first_epsilon(slack))
            weights = self.rule.weights(slack, pace.epsilon)
            lagrangian = self.lagrangian(slack, values, constraints, weights)
            fell = torch.ones_like(lagrangian, dtype=torch.bool)
            branch = torch.full_like(lagrangian, START, dtype=torch.long)
            best = torch.full_like(lagrangian, torch.inf)
        else:
            lagrangian = self.lagrangian(slack, values, constraints, state.weights)  # line 4
            fell = lagrangian < self._previous(state, state.best, constraints)  # line 5
            pace = self.rule.advance(state.pace, fell)  # lines 5-6
            weights = self.rule.weights(slack, pace.epsilon)  # line 8, Eq. 24
            branch = torch.where(fell, FELL, ROSE)
            best = torch.where(fell, lagrangian, state.best)
        free = self.slack == "gradient"
        state = replace(
            state,
            pace=pace,
            weights=weights,
            best=best,
            best_values=_keep(fell, values, state.best_values),
            best_slack=_keep(fell, slack, state.best_slack),
            slack=self.lagrangian.descend_slack(slack, constraints, weights, self.step_size or 0.0) if free else None,
        )
        return state, weights, lagrangian, branch

    def _slack(self, state: MASWState, asked: Tensor, constraints: Constraints) -> Tensor:
        """Closed form, Eq. 16. Literal Eq. 23: the free variable, started at the closed form."""
        if self.slack == "gradient" and state.slack is not None:
            return state.slack
        slack = closed_form_slack(asked, constraints.mask)
        return slack.detach() if self.slack == "gradient" else slack

    def _previous(self, state: MASWState, best: Tensor, constraints: Constraints) -> Tensor:
        """L^{t-1}: the best L so far; under the weights now in force unless the comparison is literal."""
        if self.compare == "literal" or state.best_slack is None or state.best_values is None:
            return best
        assert state.weights is not None
        again = self.lagrangian(state.best_slack, state.best_values, constraints, state.weights)
        return again.where(best < torch.inf, best)

    def _first_epsilon(self, slack: Tensor) -> Tensor:
        """(b,) epsilon^0; a sample without any slack gets the absolute value, so epsilon is never 0."""
        absolute = torch.full_like(slack[:, 0], self.epsilon0 or 0.0)
        if self.epsilon_scale == "absolute":
            return absolute
        largest = slack.amax(1)
        return torch.where(largest > 0, absolute * largest, absolute)


def _keep(fell: Tensor, new: Tensor, old: Tensor | None) -> Tensor:
    return new if old is None else torch.where(fell[:, None], new, old)
