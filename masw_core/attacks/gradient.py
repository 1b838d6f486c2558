"""Gradient attacks on the cross-entropy of the labels: PGD (Madry et al., 2018), untargeted and targeted.

The loss to lower is sum over Y of log sigmoid(s_j); targeted, minus the sum over Y_t of log sigmoid(s_j). Only Y
and Y_t enter; all other labels are free.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor

from masw_core.attacks.base import Look, LossAttack, State
from masw_core.attacks.registry import register
from masw_core.goals import Goal
from masw_core.steps import Step


@register(
    "pgd",
    title="PGD",
    family="gradient",
    paper="Madry et al.: Towards Deep Learning Models Resistant to Adversarial Attacks, ICLR 2018",
    cases=("untargeted", "targeted"),
    fidelity="faithful",
    summary="Projected gradient descent on the cross-entropy of the true (and target) labels.",
    presets={"default": {}, "paper": {"step_rule": "sign", "step_size": 0.01}},
)
@dataclass(frozen=True)
class PGD(LossAttack):
    """Projected gradient descent with L2 steps in an L2 ball.

    Deviates from the paper: its PGD takes L-infinity sign steps of 0.01 inside the L2 ball (preset ``paper``).
    Deviates from public code: the box is enforced at every step (the authors' version yields NaN outside it).
    """

    name: ClassVar[str] = "pgd"

    def look(self, state: State, scores: Tensor, goal: Goal) -> Look:
        loss = cross_entropy(scores, goal)
        step = Step.at(state.perturbation, scores, goal.constraints(scores.detach()), loss)
        return Look(state, loss, step)


def cross_entropy(scores: Tensor, goal: Goal) -> Tensor:
    """(B,) the loss to lower: sum over Y of log sigmoid(s_j), minus that over Y_t when targeted."""
    likelihood = F.logsigmoid(scores)
    loss = (likelihood * goal.true).sum(1)
    return loss if goal.target is None else loss - (likelihood * goal.target).sum(1)
