"""MLCW (Song, Jin, Huang & Hu, ICDM 2018): Carlini & Wagner's attack for labels, a hinge per label at the threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from masw_core.attacks.base import require
from masw_core.attacks.penalty import PenaltyAttack
from masw_core.attacks.registry import register
from masw_core.goals import Goal

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
)
@dataclass(frozen=True)
class MLCW(PenaltyAttack):
    """Multi-label Carlini-Wagner: sum over Y of relu(s_j + kappa), targeted plus that over Y_t of relu(kappa - s_j).

    The labels' order plays no role, so a success of this attack need not be a success in the top k. Distance: L2.

    Attributes:
        kappa: margin beyond the threshold, in logits.

    Deviates from the paper: ||z||^2 and the search over c are the variant ``penalty="search"`` (preset
    ``search``); a round succeeds when the top-k goal is reached. The search moves the perturbation itself.
    Deviates from public code: the authors' untargeted version never applies its gradient and a targeted one is
    missing; this is what their settings imply (steps of 0.01 in the ball: preset ``paper``).
    """

    name: ClassVar[str] = "mlcw"

    kappa: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.kappa >= 0, f"kappa = {self.kappa} stops short of the threshold: choose 0 or more.")

    def hinge(self, scores: Tensor, goal: Goal) -> Tensor:
        return label_hinge(scores, goal, self.kappa)


def label_hinge(scores: Tensor, goal: Goal, kappa: float = 0.0) -> Tensor:
    """(B,) sum over Y of relu(s + kappa), plus the sum over Y_t of relu(kappa - s)."""
    loss = ((scores + kappa).clamp_min(0) * goal.true).sum(1)
    return loss if goal.target is None else loss + ((kappa - scores).clamp_min(0) * goal.target).sum(1)
