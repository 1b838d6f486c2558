"""MLDF (Song, Jin, Huang & Hu, ICDM 2018): DeepFool for several labels, the least step over all linearised thresholds.

The scores of the true (and target) labels are linearised at z_t. ``"qp"``: the least-norm step that brings every
one of them to its side, inequality rows solved in the small dual. ``"equality"``: the published system, every
label to exactly the threshold.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from masw_core.attacks.base import Attack, Model, State
from masw_core.attacks.jacobian import needed_labels, score_gradients
from masw_core.attacks.registry import PaperRow, register
from masw_core.settings import require
from masw_core.solvers.least_norm import nonnegative_dual, solve_rows
from masw_core.task.geometry import l2_norm
from masw_core.task.goals import Goal, Space, seen_in
from masw_core.trace.step import Step

import torch
from torch import Tensor

Variant = Literal["qp", "equality"]


@register(
    "mldf",
    title="MLDF",
    family="linearisation",
    paper="Song, Jin, Huang & Hu: Multi-label Adversarial Perturbations, ICDM 2018",
    cases=("untargeted", "targeted"),
    fidelity="port",
    summary="Linearises the labels and takes the least step that brings all of them across the threshold.",
    presets={"default": {}, "paper": {"variant": "equality", "space": "probability", "overshoot": 0.0}},
    in_paper=PaperRow(4, ("untargeted", "targeted"), large=True),
    needs_jacobian=True,
)
@dataclass(frozen=True)
class MLDF(Attack):
    """Multi-label DeepFool: true labels below the threshold, targets above it; all other labels are free.

    The labels' order plays no role, so a success of this attack need not be a success in the top k. Distance: L2.

    Attributes:
        variant: ``"qp"``: min ||r|| with inequality rows, labels already on their side may stay there;
            ``"equality"``: min ||r|| with every label at the threshold, which pulls such labels back to it.
        space: what is linearised, ``"logit"`` or ``"probability"`` (flat where it saturates: huge steps).
        overshoot: how far beyond the threshold labels should lie, in the units of ``space``.

    The reported Lagrangian is the sum of the violations, in logits.

    Deviates from the paper: logits instead of probabilities and inequalities instead of equalities by default
    (preset ``paper``: as printed); a singular system is damped. DeepFool's overshoot is a share of the step; a
    fixed distance also gets labels across that creep towards the threshold along the ball.
    Deviates from public code: the authors' untargeted version overwrites its step with the old image; here every
    step counts, singular systems are not skipped, the ball and the box hold, and the jump is to the labels that
    matter instead of to all of them.
    """

    variant: Variant = "qp"
    space: Space = "logit"
    overshoot: float = 0.02

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.overshoot >= 0, f"overshoot = {self.overshoot} falls short: choose 0 or more.")

    @property
    def reported_space(self) -> str:
        return self.space

    def step(self, state: State, model: Model, x: Tensor, goal: Goal) -> tuple[State, Step]:
        z = state.perturbation.detach().requires_grad_()
        scores = model(x + z)
        labels, exist = needed_labels(moving(goal))
        rows = score_gradients(scores, z, labels)  # (b, r, n)
        scores = scores.detach()
        sign = wanted_sign(goal).gather(1, labels)
        seen = scores.gather(1, labels)
        if self.space == "probability":
            chance = seen.sigmoid()
            rows, seen = rows * (chance * (1 - chance))[..., None], chance - 0.5
        rows = rows * sign[..., None]
        behind = self.overshoot - sign * seen  # what each label still has to gain along its row
        step = least_step(rows, behind, exist, self.variant)
        moved = replace(state, perturbation=(z + step.view_as(z)).detach())
        return moved, replace(self.observe(state, scores, goal), gradient_norm=l2_norm(step))

    def observe(self, state: State, scores: Tensor, goal: Goal) -> Step:
        violation = ((-wanted_sign(goal) * scores).clamp_min(0) * moving(goal)).sum(1)
        return Step.at(state.perturbation, scores, goal.constraints(*seen_in(self.space, scores)), violation)


def moving(goal: Goal) -> Tensor:
    """(b, C) bool, the labels that the attack moves."""
    return goal.true if goal.target is None else goal.true | goal.target


def wanted_sign(goal: Goal) -> Tensor:
    """(b, C) -1 where a label should be off, +1 where it should be on."""
    on = torch.zeros_like(goal.true) if goal.target is None else goal.target
    return torch.where(on, 1.0, -1.0)


def least_step(rows: Tensor, behind: Tensor, exist: Tensor, variant: Variant = "qp") -> Tensor:
    """(b, n) the shortest r with rows r >= behind (``"qp"``) or rows r = behind (``"equality"``), per sample.

    Args:
        rows: (b, m, n) gradients.
        behind: (b, m) what each row has to gain.
        exist: (b, m) bool, rows that count.
    """
    exist = exist & (rows.square().sum(2) > 0)
    gram = (rows @ rows.transpose(1, 2)).double()
    damping = 1e-10 if rows.dtype == torch.float64 else 1e-6
    if variant == "qp":
        dual = nonnegative_dual(gram, behind.double(), exist, damping)
    else:
        lift = damping * gram.diagonal(dim1=1, dim2=2)
        dual = solve_rows(gram + torch.diag_embed(lift), behind.double(), exist)
    return (dual.to(rows.dtype)[:, None] @ rows)[:, 0]
