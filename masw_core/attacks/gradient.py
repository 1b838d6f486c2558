"""Gradient attacks on the cross-entropy of the labels: FGSM, MI-FGSM and PGD, untargeted and targeted.

The loss to lower is sum over Y of log sigmoid(s_j); targeted, minus the sum over Y_t of log sigmoid(s_j). Only Y
and Y_t enter; all other labels are free.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from masw_core.attacks.base import Evaluation, LossAttack, State
from masw_core.attacks.registry import PaperRow, register
from masw_core.settings import require
from masw_core.task.geometry import l2_norm, per_sample
from masw_core.task.goals import Goal

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class CrossEntropyAttack(LossAttack):
    """What the three attacks share: the objective."""

    def evaluate(self, state: State, scores: Tensor, goal: Goal) -> Evaluation:
        loss = cross_entropy(scores, goal)
        return Evaluation.of_loss(state, scores, goal, loss)


@register(
    "pgd",
    title="PGD",
    family="gradient",
    paper="Madry et al.: Towards Deep Learning Models Resistant to Adversarial Attacks, ICLR 2018",
    cases=("untargeted", "targeted"),
    fidelity="faithful",
    summary="Projected gradient descent on the cross-entropy of the true (and target) labels.",
    presets={"default": {}, "paper": {"step_rule": "sign", "step_size": 0.01}},
    in_paper=PaperRow(5, ("untargeted", "universal", "targeted"), large=True),
)
@dataclass(frozen=True)
class PGD(CrossEntropyAttack):
    """Projected gradient descent with L2 steps in an L2 ball.

    Deviates from the paper: its PGD takes L-infinity sign steps of 0.01 inside the L2 ball (preset ``paper``).
    Deviates from public code: the box is enforced at every step (the authors' version yields NaN outside it).
    """


@register(
    "fgsm",
    title="FGSM",
    family="gradient",
    paper="Goodfellow, Shlens & Szegedy: Explaining and Harnessing Adversarial Examples, ICLR 2015",
    cases=("untargeted", "targeted"),
    fidelity="faithful",
    summary="One sign step on the cross-entropy of the true (and target) labels, as far as the ball allows.",
    presets={"default": {}, "paper": {"step_size": 0.03}},
    in_paper=PaperRow(1, ("untargeted", "targeted")),
    in_plane=False,  # with the plane's steps and step rule it is PGD
)
@dataclass(frozen=True)
class FGSM(CrossEntropyAttack):
    """Fast gradient sign method, one step, then the L2 ball. With more ``steps`` it is PGD with sign steps.

    Attributes:
        steps: 1; more steps iterate the same move.
        step_rule: ``"sign"`` or, for the L2 form, ``"unit"``.
        step_size: None: tau, so that the step is cut by the ball and ends on its edge.

    Deviates from the paper: the paper's step is 0.03 (preset ``paper``), which the ball need not touch.
    Deviates from public code: the picture stays in the box.
    """

    steps: int = 1
    step_rule: Literal["unit", "raw", "sign"] = "sign"

    def prepared(self, model: Any, goal: Goal) -> Self:
        attack = super().prepared(model, goal)
        if self.step_size is not None:
            return attack
        tau = attack.tau or 1.0
        return replace(attack, step_size=tau if tau != float("inf") else 1.0)


@dataclass(frozen=True)
class MomentumState(State):
    """The perturbation and the accumulated gradient, of its shape."""

    velocity: Tensor


@register(
    "mifgsm",
    title="MI-FGSM",
    family="gradient",
    paper="Dong et al.: Boosting Adversarial Attacks with Momentum, CVPR 2018",
    cases=("untargeted", "targeted"),
    fidelity="faithful",
    summary="Gradient steps with momentum on the cross-entropy of the true (and target) labels.",
    presets={"default": {}, "paper": {"step_size": 0.03}},
    in_paper=PaperRow(2, ("untargeted", "targeted")),
)
@dataclass(frozen=True)
class MIFGSM(CrossEntropyAttack):
    """Momentum iterative FGSM in its L2 form: g <- decay g + grad / ||grad||_1, z <- z - step g / ||g||_2.

    Attributes:
        steps: 40, as in the paper's settings.
        decay: how much of the accumulated gradient stays (1.0); 0 gives normalised gradient descent.

    Deviates from the paper: the step is tau / 40 instead of 0.03 (preset ``paper``), so that 40 steps can reach
    the edge of any ball.
    Deviates from public code: it projects only what the model sees; here the perturbation itself stays in the
    ball and in the box.
    """

    steps: int = 40
    decay: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.decay >= 0, f"decay = {self.decay} turns the momentum around: choose 0 or more.")

    def init(self, x: Tensor, goal: Goal) -> MomentumState:
        return MomentumState(torch.zeros_like(x), torch.zeros_like(x))

    def move(self, state: MomentumState, gradient: Tensor, norm: Tensor) -> MomentumState:
        size = gradient.flatten(1).abs().sum(1)
        scale = torch.where(size > 0, 1 / size.clamp_min(1e-30), torch.zeros_like(size))
        velocity = self.decay * state.velocity + gradient * per_sample(scale, gradient)
        return replace(super().move(state, velocity, l2_norm(velocity)), velocity=velocity)


def cross_entropy(scores: Tensor, goal: Goal) -> Tensor:
    """(B,) the loss to lower: sum over Y of log sigmoid(s_j), minus that over Y_t when targeted."""
    likelihood = F.logsigmoid(scores)
    loss = (likelihood * goal.true).sum(1)
    return loss if goal.target is None else loss - (likelihood * goal.target).sum(1)
