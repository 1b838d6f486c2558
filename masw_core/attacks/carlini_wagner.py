"""MLCW (Song, Jin, Huang & Hu, ICDM 2018): Carlini & Wagner's attack for labels, a hinge per label at the threshold."""

from __future__ import annotations

from dataclasses import dataclass

from masw_core.attacks.base import Evaluation, State
from masw_core.attacks.penalty import PenaltyAttack
from masw_core.attacks.registry import PaperRow, register
from masw_core.attacks.weighted_hinges import HingeState, WeightedHinges
from masw_core.settings import require
from masw_core.task.goals import Goal

import torch
from torch import Tensor


@register(
    "mlcw",
    title="MLCW",
    family="label hinge",
    paper="Song, Jin, Huang & Hu: Multi-label Adversarial Perturbations, ICDM 2018",
    cases=("untargeted", "targeted"),
    fidelity="port",
    summary="Pushes true labels below the threshold (and targets above it), each by its own hinge.",
    presets={
        "default": {},
        "paper": {"step_rule": "raw", "step_size": 0.01},
        "search": {"penalty": "search", "steps": 600},
    },
    in_paper=PaperRow(3, ("untargeted", "targeted"), large=True),
)
@dataclass(frozen=True)
class MLCW(WeightedHinges, PenaltyAttack):
    """Multi-label Carlini-Wagner: sum over Y of relu(s_j + kappa), targeted plus that over Y_t of relu(kappa - s_j).

    The labels' order plays no role, so a success of this attack need not be a success in the top k. Distance: L2.

    Attributes:
        kappa: margin beyond the threshold, in logits.
        weighting, epsilon0, eta, manual_factor, manual_hardest, manual_weights: of the hinges, see
            ``WeightedHinges``.

    Deviates from the paper: ||z||^2 and the search over c are the variant ``penalty="search"`` (preset
    ``search``); a round succeeds when the top-k goal is reached. The search moves the perturbation itself.
    Deviates from public code: the authors' untargeted version never applies its gradient and a targeted one is
    missing; this is what their settings imply (steps of 0.01 in the ball: preset ``paper``).
    """

    kappa: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.kappa >= 0, f"kappa = {self.kappa} stops short of the threshold: choose 0 or more.")
        require(
            not self.weighs or self.penalty == "projected",
            f"weighting = {self.weighting!r} needs the projected form: choose penalty='projected' or 'uniform'.",
        )

    def evaluate(self, state: State, scores: Tensor, goal: Goal) -> Evaluation:
        if isinstance(state, HingeState):
            return self.evaluate_weighted(state, scores, goal)
        return super().evaluate(state, scores, goal)

    def hinges(self, scores: Tensor, goal: Goal) -> tuple[Tensor, Tensor]:
        """Per label: (kappa - s)_+ in the rank column of a target, (s + kappa)_+ in the flip column of a true label."""
        target = torch.zeros_like(goal.true) if goal.target is None else goal.target
        own = torch.cat([target, goal.true], 1)
        both = torch.cat([self.kappa - scores, scores + self.kappa], 1)
        return both.clamp_min(0) * own, own

    def hinge(self, scores: Tensor, goal: Goal) -> Tensor:
        return label_hinge(scores, goal, self.kappa)


def label_hinge(scores: Tensor, goal: Goal, kappa: float = 0.0) -> Tensor:
    """(B,) sum over Y of relu(s + kappa), plus the sum over Y_t of relu(kappa - s)."""
    loss = ((scores + kappa).clamp_min(0) * goal.true).sum(1)
    return loss if goal.target is None else loss + ((kappa - scores).clamp_min(0) * goal.target).sum(1)
