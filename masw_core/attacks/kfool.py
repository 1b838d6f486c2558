"""kFool (Tursynbek, Petushko & Oseledets, WACV 2022): push one true label below its competitors, step by step.

The score differences to the competitors are linearised; the step goes along the mean of their normals, as far as
their distances add up to. The gradients of a batch come from ``jacobian``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from masw_core.attacks.base import Attack, Model, State
from masw_core.attacks.jacobian import score_gradients
from masw_core.attacks.registry import register
from masw_core.settings import require
from masw_core.task.geometry import per_sample, unit
from masw_core.task.goals import Goal
from masw_core.trace.step import Step

import torch
from torch import Tensor


@dataclass(frozen=True)
class KFoolState(State):
    """The perturbation and, for the port, the label under attack (b,), fixed at the clean image."""

    victim: Tensor | None = None


@register(
    "kfool",
    title="kFool",
    family="linearisation",
    paper="Tursynbek, Petushko & Oseledets: Geometry-inspired Top-k Adversarial Perturbations, WACV 2022",
    cases=("untargeted",),
    fidelity="reconstruction",
    summary="Linearises the score differences and jumps across all of them at once; no step length to choose.",
    presets={"default": {}, "port": {"variant": "tkml-port"}},
)
@dataclass(frozen=True)
class KFool(Attack):
    """Top-k DeepFool, untargeted, for several true labels. Distance: L2.

    With c the label under attack and the competitors i: w_i = grad (s_i - s_c) / norm, f_i = (s_i - s_c) / norm;
    the step is (sum |f_i|) along the unit vector of sum w_i. For k = 1 and one true label this is DeepFool with
    the highest other label as its only competitor.

    Attributes:
        variant: ``"multilabel"``: c is the highest true label of the moment, competitors are the k highest labels
            that are not true, distances are summed by magnitude. ``"tkml-port"``: what the public port in TkML-AP
            does: c is the highest true label of the clean image, competitors are all others among the top k+1
            (true ones too, so these are pushed up), distances are summed with their signs; no overshoot.
        overshoot: how much farther than the linearised boundary a step goes (``"multilabel"`` only).

    Deviates from the paper: its code was not found; ``"multilabel"`` is our extension to several true labels.
    Deviates from public code: the ball and the box are enforced; gradients and steps live in image space; a
    sample that has reached its goal does not move any more. Its reported Lagrangian is the gap that it closes,
    the attacked label's score minus the lowest competitor's.
    """

    name: ClassVar[str] = "kfool"

    variant: Literal["multilabel", "tkml-port"] = "multilabel"
    overshoot: float = 0.02

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.overshoot >= 0, f"overshoot = {self.overshoot} falls short: choose 0 or more.")

    def init(self, x: Tensor, goal: Goal) -> KFoolState:
        if goal.is_targeted:
            raise ValueError("kfool is an untargeted attack: choose the untargeted case.")
        return KFoolState(torch.zeros_like(x))

    def step(self, state: Any, model: Model, x: Tensor, goal: Goal) -> tuple[Any, Step]:
        z = state.perturbation.detach().requires_grad_()
        scores = model(x + z)
        state, victim = self._victim(state, scores.detach(), goal)
        others, counts = self._competitors(scores.detach(), victim, goal)
        going = ~goal.success(scores.detach())
        if not bool(going.any()):  # everybody rests: no gradients needed
            resting = replace(state, perturbation=state.perturbation.detach())
            return resting, self._report(state, scores.detach(), goal, victim, others, counts)
        labels = torch.cat([victim[:, None], others], 1)  # (b, 1 + r)
        jacobian = score_gradients(scores, z, labels)

        normals = jacobian[:, 1:] - jacobian[:, :1]  # (b, r, n)
        norms = normals.norm(dim=2)
        usable = counts & (norms > 0)
        scale = torch.where(usable, 1 / norms.clamp_min(1e-30), torch.zeros_like(norms))
        gaps = scores.detach().gather(1, others) - scores.detach().gather(1, victim[:, None])
        distances = gaps * scale  # f_i, signed
        reach = distances.sum(1).abs() if self.variant == "tkml-port" else distances.abs().sum(1)
        direction = unit((scale[:, None] @ normals)[:, 0].view_as(z))
        far = reach if self.variant == "tkml-port" else reach * (1 + self.overshoot)
        moved = replace(state, perturbation=(z + per_sample(far * going, z) * direction).detach())
        return moved, self._report(state, scores.detach(), goal, victim, others, counts)

    def observe(self, state: Any, scores: Tensor, goal: Goal) -> Step:
        state, victim = self._victim(state, scores, goal)
        return self._report(state, scores, goal, victim, *self._competitors(scores, victim, goal))

    def _victim(self, state: KFoolState, scores: Tensor, goal: Goal) -> tuple[KFoolState, Tensor]:
        """The true label under attack, (b,); samples without true labels get label 0 and are done anyway."""
        if state.victim is not None:
            return state, state.victim
        victim = scores.masked_fill(~goal.true, -torch.inf).argmax(1)
        return (replace(state, victim=victim), victim) if self.variant == "tkml-port" else (state, victim)

    def _competitors(self, scores: Tensor, victim: Tensor, goal: Goal) -> tuple[Tensor, Tensor]:
        """(b, r) labels that should come to lie above the victim, and which of the columns count."""
        if self.variant == "multilabel":
            others = scores.masked_fill(goal.true, -torch.inf).topk(goal.k, dim=1).indices
            return others, torch.ones_like(others, dtype=torch.bool)
        others = scores.topk(goal.k + 1, dim=1).indices
        return others, others != victim[:, None]

    def _report(
        self, state: KFoolState, scores: Tensor, goal: Goal, victim: Tensor, others: Tensor, counts: Tensor
    ) -> Step:
        lowest = scores.gather(1, others).masked_fill(~counts, torch.inf).amin(1)
        gap = scores.gather(1, victim[:, None])[:, 0] - lowest
        return Step.at(state.perturbation, scores, goal.constraints(scores), gap)
