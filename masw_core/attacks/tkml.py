"""TkML-AP (Hu, Ke, Wang & Lyu, ICCV 2021): top-k multi-label attack by ranking losses.

Untargeted: the largest true score against the mean of the C-k smallest scores. Targeted: every target against
s_[k] and every other label against s_[k].
"""

from __future__ import annotations

from dataclasses import dataclass

from masw_core.attacks.base import Evaluation, State
from masw_core.attacks.registry import PaperRow, register
from masw_core.attacks.weighted_hinges import HingeState, WeightedHinges
from masw_core.task.goals import Goal

import torch
from torch import Tensor


@register(
    "tkml",
    title="TkML",
    family="ranking loss",
    paper="Hu, Ke, Wang & Lyu: TkML-AP: Adversarial Attacks to Top-k Multi-Label Learning, ICCV 2021",
    cases=("untargeted", "targeted"),
    fidelity="faithful",
    summary="Lowers the highest true label against the mean of the lowest scores; targeted, a sum of ranking hinges.",
    presets={"default": {}, "paper": {"step_rule": "raw", "step_size": 0.01}},
    in_paper=PaperRow(9, ("untargeted", "universal", "targeted"), large=True),
)
@dataclass(frozen=True)
class TkML(WeightedHinges):
    """Top-k multi-label attack of TkML-AP, untargeted (TkMLU) and targeted (TkMLT), on logits.

    Attributes:
        weighting, epsilon0, eta, manual_factor, manual_hardest, manual_weights: of the targeted form's hinges, see
            ``WeightedHinges``; the untargeted loss is a single term and has nothing to weigh.

    Deviates from the paper: steps have unit length by default (preset ``paper``: 0.01 times the raw gradient).
    Deviates from public code: works in image space with a box clamp instead of feeding tanh of the image; success
    is tested on the image that is returned; the targeted form does not need all iterations.
    """

    def init(self, x: Tensor, goal: Goal) -> State:
        if self.weighs and not goal.is_targeted:
            raise ValueError(
                f"weighting = {self.weighting!r} needs the hinges of a targeted case: choose one, or 'uniform'."
            )
        return super().init(x, goal)

    def hinges(self, scores: Tensor, goal: Goal) -> tuple[Tensor, Tensor]:
        """The C terms of the targeted loss, in the rank columns."""
        hinges = ranking_hinges(scores, goal)
        return hinges, torch.ones_like(hinges, dtype=torch.bool)

    def evaluate(self, state: State, scores: Tensor, goal: Goal) -> Evaluation:
        if isinstance(state, HingeState):
            return self.evaluate_weighted(state, scores, goal)
        loss = targeted_loss(scores, goal) if goal.is_targeted else untargeted_loss(scores, goal)
        return Evaluation.of_loss(state, scores, goal, loss)


def untargeted_loss(scores: Tensor, goal: Goal) -> Tensor:
    """(B,) max over Y of s minus the mean of the C-k smallest s; without true labels only the second term.

    The published loss, lambda + 1/(C-k) sum relu(t - lambda) with t = max_Y s - s_j and lambda the (C-k)-th
    largest t, has this value; without the outer hinge it keeps falling after success, as in the public code.
    """
    highest = scores.masked_fill(~goal.true, -1e30).amax(1)
    some = goal.true.any(1)
    smallest = scores.topk(scores.shape[1] - goal.k, dim=1, largest=False).values.mean(1)
    return highest.where(some, highest.new_zeros(())) - smallest


def targeted_loss(scores: Tensor, goal: Goal) -> Tensor:
    """(B,) sum over Y_t of relu(s_[k] - s_j) plus sum over the rest of relu(s_j - s_[k]); s_[k] carries gradient."""
    return ranking_hinges(scores, goal).sum(1)


def ranking_hinges(scores: Tensor, goal: Goal) -> Tensor:
    """(B, C) the terms of ``targeted_loss``, one per label."""
    assert goal.target is not None
    bar = scores.topk(goal.k, dim=1).values[:, -1:]
    return (bar - scores).where(goal.target, scores - bar).clamp_min(0)
