"""kFool (Tursynbek, Petushko & Oseledets, WACV 2022): push one true label below its competitors, step by step.

The score differences to the competitors are linearised; the step goes along the mean of their normals, as far as
their distances add up to. The gradients of a batch come from ``jacobian``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from masw_core.attacks.base import Attack, Model, State
from masw_core.attacks.jacobian import score_gradients
from masw_core.attacks.registry import PaperRow, register
from masw_core.settings import require
from masw_core.task.geometry import per_sample, unit
from masw_core.task.goals import Goal
from masw_core.trace.step import Step

import torch
from torch import Tensor


@dataclass(frozen=True)
class KFoolState(State):
    """The perturbation and the label under attack (b,), None at the clean image."""

    victim: Tensor | None = None


class Choice(Protocol):
    """What the variants decide: which label is attacked, who should pass it, and how far a step goes."""

    def victim(self, scores: Tensor, goal: Goal, before: Tensor | None) -> Tensor:
        """(b,) the true label under attack, given that of the step before (None at the clean image); samples without
        true labels get label 0 and are done anyway."""
        ...

    def competitors(self, scores: Tensor, victim: Tensor, goal: Goal) -> tuple[Tensor, Tensor]:
        """(b, r) labels that should come to lie above the victim, and which of the columns count."""
        ...

    def reach(self, distances: Tensor, overshoot: float) -> Tensor:
        """(b,) the step's length for (b, r) signed distances to the linearised boundaries."""
        ...


class MultiLabel:
    """Ours: the highest true label of the moment against the k highest labels that are not true."""

    def victim(self, scores: Tensor, goal: Goal, before: Tensor | None) -> Tensor:
        return _highest_true(scores, goal)

    def competitors(self, scores: Tensor, victim: Tensor, goal: Goal) -> tuple[Tensor, Tensor]:
        others = scores.masked_fill(goal.true, -torch.inf).topk(goal.k, dim=1).indices
        return others, torch.ones_like(others, dtype=torch.bool)

    def reach(self, distances: Tensor, overshoot: float) -> Tensor:
        return distances.abs().sum(1) * (1 + overshoot)


class TkMLPort:
    """The public port: the highest true label of the clean image against all others among the top k+1."""

    def victim(self, scores: Tensor, goal: Goal, before: Tensor | None) -> Tensor:
        return _highest_true(scores, goal) if before is None else before

    def competitors(self, scores: Tensor, victim: Tensor, goal: Goal) -> tuple[Tensor, Tensor]:
        others = scores.topk(goal.k + 1, dim=1).indices
        return others, others != victim[:, None]

    def reach(self, distances: Tensor, overshoot: float) -> Tensor:
        return distances.sum(1).abs()


VARIANTS: dict[str, Choice] = {"multilabel": MultiLabel(), "tkml-port": TkMLPort()}


@register(
    "kfool",
    title="kFool",
    family="linearisation",
    paper="Tursynbek, Petushko & Oseledets: Geometry-inspired Top-k Adversarial Perturbations, WACV 2022",
    cases=("untargeted",),
    fidelity="reconstruction",
    summary="Linearises the score differences and jumps across all of them at once; no step length to choose.",
    presets={"default": {}, "port": {"variant": "tkml-port"}},
    in_paper=PaperRow(8, ("untargeted", "universal"), large=True),
    needs_jacobian=True,
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

    variant: Literal["multilabel", "tkml-port"] = "multilabel"
    overshoot: float = 0.02

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.overshoot >= 0, f"overshoot = {self.overshoot} falls short: choose 0 or more.")

    def init(self, x: Tensor, goal: Goal) -> KFoolState:
        return KFoolState(torch.zeros_like(x))

    def step(self, state: Any, model: Model, x: Tensor, goal: Goal) -> tuple[Any, Step]:
        z = state.perturbation.detach().requires_grad_()
        scores = model(x + z)
        told = self.observe(state, scores.detach(), goal)
        variant = VARIANTS[self.variant]
        victim = variant.victim(scores.detach(), goal, state.victim)
        going = ~goal.success(scores.detach())
        if not bool(going.any()):  # everybody rests: no gradients needed
            return KFoolState(state.perturbation.detach(), victim), told
        others, counts = variant.competitors(scores.detach(), victim, goal)
        labels = torch.cat([victim[:, None], others], 1)  # (b, 1 + r)
        jacobian = score_gradients(scores, z, labels)

        normals = jacobian[:, 1:] - jacobian[:, :1]  # (b, r, n)
        norms = normals.norm(dim=2)
        usable = counts & (norms > 0)
        scale = torch.where(usable, 1 / norms.clamp_min(1e-30), torch.zeros_like(norms))
        gaps = scores.detach().gather(1, others) - scores.detach().gather(1, victim[:, None])
        far = variant.reach(gaps * scale, self.overshoot)
        direction = unit((scale[:, None] @ normals)[:, 0].view_as(z))
        return KFoolState((z + per_sample(far * going, z) * direction).detach(), victim), told

    def observe(self, state: Any, scores: Tensor, goal: Goal) -> Step:
        variant = VARIANTS[self.variant]
        victim = variant.victim(scores, goal, state.victim)
        others, counts = variant.competitors(scores, victim, goal)
        lowest = scores.gather(1, others).masked_fill(~counts, torch.inf).amin(1)
        gap = scores.gather(1, victim[:, None])[:, 0] - lowest
        return Step.at(state.perturbation, scores, goal.constraints(scores), gap)


def _highest_true(scores: Tensor, goal: Goal) -> Tensor:
    return scores.masked_fill(~goal.true, -torch.inf).argmax(1)
