"""TkMIA (Sun, Xu, Wang & Huang, ACM MM 2023): hide chosen labels while the top k stay full of other true labels.

Its own task removes a set S of true labels from the top k and keeps the top-k measures as they are. The MASW paper
compares it on other tasks (every true label out; targets in); what it must have done there is reconstructed here.
The measures of its own task are at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from masw_core.attacks.base import Evaluation, LossAttack
from masw_core.attacks.gradient import MomentumState
from masw_core.attacks.registry import PaperRow, register
from masw_core.settings import require
from masw_core.task import measures
from masw_core.task.geometry import l2_norm
from masw_core.task.goals import Goal

import torch
from torch import Tensor


@register(
    "tkmia",
    title="TkMIA",
    family="ranking loss",
    paper="Sun, Xu, Wang & Huang: When Measures are Unreliable: Imperceptible Adversarial Perturbations toward "
    "Top-k Multi-Label Learning, ACM MM 2023",
    cases=("untargeted", "targeted"),
    fidelity="reconstruction",
    summary="Trades the labels to hide against labels to keep on top; adapted to top-k goals, or its own task.",
    presets={
        "default": {},
        "paper": {"step_rule": "raw", "step_size": 0.001, "weight_decay": 1e-4},
        "own-task": {"mode": "imperceptible", "weight_decay": 1e-4},
    },
    in_paper=PaperRow(13, ("untargeted", "universal", "targeted")),
)
@dataclass(frozen=True)
class TkMIA(LossAttack):
    """max over S of s - mean of the C-k smallest s, plus mean of the k largest s - min over the kept labels of s.

    Attributes:
        mode: ``"adapted"``: S are the labels that the goal wants out of the top k: untargeted the true labels, and
            nothing is kept (the second minimum is dropped); targeted all labels but the targets, which are kept.
            ``"imperceptible"``: the published task: S = the true labels in ``hidden``, kept are the other true
            labels. Judge it by ``own_measures`` and run it with ``stop="never"``: its success is not the goal's.
        hidden: label indices to hide in ``"imperceptible"`` mode; a sample with none of them does not move.
        momentum: of the steps (0.9).
        weight_decay: pull of the perturbation towards zero, added to the gradient.

    Distance: L2.

    Deviates from the paper: the original has no ball, only the weight decay; the adaptation of the MASW paper's
    tables is undocumented, ``"adapted"`` is our reconstruction of it. Unit steps and no decay by default (preset
    ``paper``: as published).
    Deviates from public code: image space with ball and box; success is judged on the image that is returned.
    """

    mode: Literal["adapted", "imperceptible"] = "adapted"
    hidden: tuple[int, ...] = ()
    momentum: float = 0.9
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(0 <= self.momentum < 1, f"momentum = {self.momentum} must lie in [0, 1).")
        require(self.weight_decay >= 0, f"weight_decay = {self.weight_decay} must not be negative.")
        if self.mode == "adapted":
            require(not self.hidden, "hidden belongs to mode = 'imperceptible': set the mode or leave hidden empty.")

    def init(self, x: Tensor, goal: Goal) -> MomentumState:
        return MomentumState(torch.zeros_like(x), torch.zeros_like(x))

    def parts(self, goal: Goal) -> tuple[Tensor, Tensor]:
        """(b, C) bool each: the labels S to push out of the top k, and the labels to keep in it."""
        if self.mode == "imperceptible":
            hide = hidden_labels(goal.true, self.hidden)
            return hide, goal.true & ~hide
        if goal.target is None:
            return goal.true, torch.zeros_like(goal.true)
        return ~goal.target, goal.target

    def evaluate(self, state: MomentumState, scores: Tensor, goal: Goal) -> Evaluation:
        loss = imperceptible_loss(scores, *self.parts(goal), goal.k)
        return Evaluation.of_loss(state, scores, goal, loss)

    def move(self, state: MomentumState, gradient: Tensor, norm: Tensor) -> MomentumState:
        z = state.perturbation.detach()
        velocity = self.momentum * state.velocity + gradient + self.weight_decay * z
        return replace(super().move(state, velocity, l2_norm(velocity)), velocity=velocity)


def imperceptible_loss(scores: Tensor, hide: Tensor, keep: Tensor, k: int) -> Tensor:
    """(B,) [max_hide s - mean of the C-k smallest] + [mean of the k largest - min_keep s]; 0 where hide is empty.

    An empty ``keep`` leaves the second minimum out.
    """
    ordered = scores.sort(dim=1, descending=True).values
    largest, smallest = ordered[:, :k].mean(1), ordered[:, k:].mean(1)
    some = hide.any(1)
    highest = scores.masked_fill(~(hide | ~some[:, None]), -torch.inf).amax(1)
    kept = keep.any(1)
    lowest = scores.masked_fill(~(keep | ~kept[:, None]), torch.inf).amin(1)
    loss = highest - smallest + largest - lowest * kept
    return loss * some


def hidden_labels(true: Tensor, hidden: tuple[int, ...]) -> Tensor:
    """(B, C) bool, S: the true labels among the indices ``hidden``.

    Raises:
        ValueError: an index that is no label.
    """
    chosen = torch.zeros(true.shape[1], dtype=torch.bool, device=true.device)
    for label in hidden:
        require(0 <= label < true.shape[1], f"hidden names label {label}: there are labels 0 to {true.shape[1] - 1}.")
        chosen[label] = True
    return true & chosen


def own_measures(true: Tensor, hide: Tensor, scores: Tensor, clean_scores: Tensor, k: int) -> dict[str, Tensor]:
    """The published task's measures, each (B,).

    Returns:
        ``hidden``: 1 if no label of S that was in the top k is left there (samples with none count as 0);
        ``precision`` and ``precision_change``: P@k of the true labels on ``scores``, and minus that on the clean
        scores: imperceptible is a change of 0; ``ndcg_change``: the same for NDCG@k.
    """
    before, after = measures.top_k(clean_scores, k), measures.top_k(scores, k)
    caught = (hide & before).any(1) & ~(hide & before & after).any(1)
    precision, clean = ((true & top).sum(1) / k for top in (after, before))
    return {
        "hidden": caught.to(scores.dtype),
        "precision": precision.to(scores.dtype),
        "precision_change": (precision - clean).to(scores.dtype),
        "ndcg_change": ndcg(true, scores, k) - ndcg(true, clean_scores, k),
    }


def ndcg(true: Tensor, scores: Tensor, k: int) -> Tensor:
    """(B,) NDCG@k with gain 1 for true labels; 0 for samples without any."""
    discount = 1 / torch.arange(2, k + 2, dtype=scores.dtype, device=scores.device).log2()
    ranked = true.gather(1, scores.argsort(dim=1, descending=True, stable=True)[:, :k]).to(scores.dtype)
    best = torch.arange(k, device=scores.device) < true.sum(1, keepdim=True)
    return (ranked * discount).sum(1) / (best * discount).sum(1).clamp_min(1e-12)
