"""Rank I (Song, Jin, Huang & Hu, ICDM 2018): the lowest target label above the highest other label. Targeted only."""

from __future__ import annotations

from dataclasses import dataclass

from masw_core.attacks.penalty import PenaltyAttack
from masw_core.attacks.registry import PaperRow, register
from masw_core.task.goals import Goal

import torch
from torch import Tensor


@register(
    "rank1",
    title="Rank I",
    family="ranking loss",
    paper="Song, Jin, Huang & Hu: Multi-label Adversarial Perturbations, ICDM 2018",
    cases=("targeted",),
    fidelity="port",
    summary="Raises the lowest target label against the highest other label, one pair at a time.",
    presets={
        "default": {},
        "paper": {"step_rule": "raw", "step_size": 0.01},
        "search": {"penalty": "search", "steps": 600},
    },
    in_paper=PaperRow(7, ("targeted",), large=True),
)
@dataclass(frozen=True)
class RankI(PenaltyAttack):
    """Targeted ranking attack: max(0, max of the other scores - min of the target scores). Distance: L2.

    Deviates from the paper: that of Rank I weighs the hinge against ||z||^2 and searches over c
    (``penalty="search"``, preset ``search``); the MASW paper's tables come from projected steps without the norm,
    which is the default here. The search moves the perturbation itself, not its artanh.
    Deviates from public code: scores are logits; success is the rank of the targets, not a 0.5 threshold; no
    in-place repair of the scores; unit steps (preset ``paper``: 0.01 times the raw gradient).
    """

    def hinge(self, scores: Tensor, goal: Goal) -> Tensor:
        return rank_hinge(scores, goal)


def rank_hinge(scores: Tensor, goal: Goal) -> Tensor:
    """(B,) relu(max over labels outside Y_t of s - min over Y_t of s)."""
    assert goal.target is not None
    highest_other = scores.masked_fill(goal.target, -torch.inf).amax(1)
    lowest_target = scores.masked_fill(~goal.target, torch.inf).amin(1)
    return (highest_other - lowest_target).clamp_min(0)
