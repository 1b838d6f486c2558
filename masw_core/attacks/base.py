"""What every attack is: frozen hyper-parameters and pure operations on a batch-first state.

``init`` and ``step`` are the contract; the engine owns the loop, the projection, stopping and success. Attacks
that descend a loss derive from ``LossAttack`` and write only ``evaluate``: the objective at a point and what
there is to tell about it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any, ClassVar, Literal, Protocol, Self, TypeVar

from masw_core.settings import as_json, check_choices, require
from masw_core.task.geometry import l2_norm, per_sample
from masw_core.task.goals import Constraints, Goal
from masw_core.trace.step import Step

import torch
from torch import Tensor

PAPER_TAU = {"untargeted": 10.0, "targeted": 2.0}  # Section V-A, settings
STEP_SHARE = 1 / 40  # a unit step covers this share of tau, so that 40 straight steps reach the ball's edge


Value = TypeVar("Value")


class Model(Protocol):
    """What attacks ask of a model: (B, ...) inputs to (B, C) logits."""

    def __call__(self, x: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class State:
    """Where an attack stands; every tensor is batch-first, so finished samples can be dropped by a mask."""

    perturbation: Tensor

    def __getitem__(self, rows: Tensor) -> Self:
        picked = {field.name: _rows(getattr(self, field.name), rows) for field in fields(self)}
        return replace(self, **picked)


@dataclass(frozen=True)
class Evaluation:
    """What a loss attack sees at a point: the advanced state, the objective to descend, the step to tell.

    Of the objective (b,) only the gradient counts: its value need not be the ``lagrangian`` that the step tells.
    """

    state: State
    objective: Tensor
    step: Step

    @classmethod
    def of_loss(cls, state: State, scores: Tensor, goal: Goal, loss: Tensor) -> Self:
        """A plain loss (b,): its step reports it for L, with closed-form slack, uniform weights and no epsilon."""
        return cls(state, loss, Step.at(state.perturbation, scores, goal.constraints(scores.detach()), loss))


@dataclass(frozen=True)
class Attack:
    """Hyper-parameters that all attacks share. A field annotated as a ``Literal`` takes nothing else.

    Attributes:
        steps: number of updates T.
        tau: L2 radius in [-1, 1] image units; None: what the model recommends for the case.
    """

    name: ClassVar[str] = ""  # ``register`` sets both
    cases: ClassVar[tuple[str, ...]] = ("untargeted", "targeted")

    steps: int = 300
    tau: float | None = None

    def __post_init__(self) -> None:
        check_choices(self)
        require(self.steps >= 1, f"steps = {self.steps} is too few: choose at least 1.")
        require(self.tau is None or self.tau > 0, f"tau = {self.tau} leaves no room: choose a positive radius.")

    def prepared(self, model: Any, goal: Goal) -> Self:
        """The same attack with everything filled in that depends on the model or the case.

        Raises:
            ValueError: the attack cannot do the goal's case; one sentence.
        """
        kind, other = ("targeted", "an untargeted") if goal.is_targeted else ("untargeted", "a targeted")
        possible = "untargeted" if goal.is_targeted else "best, random or worst"
        require(kind in self.cases, f"{self.name} is {other} attack: choose the {possible} case.")
        if self.tau is not None:
            return self
        return replace(self, tau=recommended_tau(model, goal))

    def config(self) -> dict[str, Any]:
        """Every setting, for headers and reports, as JSON can say it: an infinite radius is the text ``"inf"``."""
        return as_json(asdict(self))

    @property
    def reported_space(self) -> str:
        """The scale in which steps report constraints and slack: ``"logit"`` or ``"probability"``."""
        return "logit"

    def pulls(self, constraints: Constraints, weights: Tensor) -> Tensor | None:
        """(b, m) p such that the objective's gradient is -sum_j p_j grad CT_j; None: it is no such sum.

        Args:
            constraints: as the attack sees them, without its margin.
            weights: (b, m) that are in force.
        """
        return None

    def init(self, x: Tensor, goal: Goal) -> State:
        return State(torch.zeros_like(x))

    def step(self, state: Any, model: Model, x: Tensor, goal: Goal) -> tuple[Any, Step]:
        """Look at z_t and propose z_{t+1}; the engine projects the proposal."""
        raise NotImplementedError

    def observe(self, state: Any, scores: Tensor, goal: Goal) -> Step:
        """What is to be told of the point in ``state``, without moving on (used for the last point)."""
        raise NotImplementedError


@dataclass(frozen=True)
class LossAttack(Attack):
    """Attacks that descend a differentiable objective: one forward and one backward per step.

    Attributes:
        step_size: length of a step; None: tau / 40 (with ``step_rule="raw"`` it multiplies the gradient).
        step_rule: ``"unit"``: the gradient scaled to L2 norm 1 per sample; ``"raw"``: as it is (the paper);
            ``"sign"``: its sign, an L-infinity step.
    """

    step_size: float | None = None
    step_rule: Literal["unit", "raw", "sign"] = "unit"

    def __post_init__(self) -> None:
        super().__post_init__()
        require(
            self.step_size is None or self.step_size > 0,
            f"step_size = {self.step_size} does not move: choose a positive length.",
        )

    def prepared(self, model: Any, goal: Goal) -> Self:
        attack = super().prepared(model, goal)
        if attack.step_size is not None:
            return attack
        tau = attack.tau if attack.tau not in (None, float("inf")) else 1.0
        return replace(attack, step_size=float(tau or 1.0) * STEP_SHARE)

    def evaluate(self, state: Any, scores: Tensor, goal: Goal) -> Evaluation:
        raise NotImplementedError

    def move(self, state: Any, gradient: Tensor, norm: Tensor) -> Any:
        """The state after a step against the gradient, whose L2 norm (b,) is known already."""
        length = torch.full_like(norm, filled(self.step_size))
        if self.step_rule == "unit":
            length = torch.where(norm > 0, length / norm.clamp_min(1e-30), 0.0)
        way = gradient.sign() if self.step_rule == "sign" else gradient
        moved = torch.addcmul(state.perturbation.detach(), way, per_sample(length, way), value=-1)
        return replace(state, perturbation=moved)

    def step(self, state: Any, model: Model, x: Tensor, goal: Goal) -> tuple[Any, Step]:
        z = state.perturbation.detach().requires_grad_()
        scores = model(x + z)
        evaluation = self.evaluate(state, scores, goal)
        (gradient,) = torch.autograd.grad(evaluation.objective, z, torch.ones_like(evaluation.objective))
        norm = l2_norm(gradient)
        return self.move(evaluation.state, gradient, norm), replace(evaluation.step, gradient_norm=norm)

    def observe(self, state: Any, scores: Tensor, goal: Goal) -> Step:
        return self.evaluate(state, scores, goal).step


def recommended_tau(model: Any, goal: Goal) -> float:
    """The L2 radius that the model recommends for a goal's case (targets chosen by hand: the random case), else the
    paper's."""
    recommended = getattr(model, "recommended_tau", None) or {}
    kind = "targeted" if goal.is_targeted else "untargeted"
    case = "random" if goal.case == "targeted" else goal.case
    return float(recommended.get(case, PAPER_TAU[kind]))


def filled(value: Value | None) -> Value:
    """A setting that ``Attack.prepared`` has filled in.

    Raises:
        ValueError: the attack was used before it was prepared.
    """
    if value is None:
        raise ValueError("The attack is not prepared: use run or iterate, or attack.prepared(model, goal).")
    return value


def _rows(value: Any, rows: Tensor) -> Any:
    return None if value is None else value[rows]
