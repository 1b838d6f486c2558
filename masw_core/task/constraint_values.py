"""What the constraints of a goal are worth at some scores, with their derivative written out.

The values are linear in the scores as long as the order of the labels stays: a label itself, and the moving reference
f_[k+1] or f_[k], whose gradient goes where ``Reference`` says. Written out, a backward takes a dozen small operations
instead of forty, which is what an attack on a single image feels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import torch
from torch import Tensor

if TYPE_CHECKING:
    from masw_core.task.goals import Goal

Reference = Literal["flow", "hold", "spread", "lagging"]


class Share(NamedTuple):
    """The labels among which the gradient of a reference score is shared in equal parts.

    Attributes:
        labels: (B, n) candidates.
        chosen: (B, n) bool, those that take part.
    """

    labels: Tensor
    chosen: Tensor

    def spread(self, gradient: Tensor, pull: Tensor) -> Tensor:
        """(B, C) the gradient with (B, 1) ``pull`` shared out; nothing where nobody is chosen."""
        part = pull / self.chosen.sum(1, keepdim=True).clamp_min(1)
        return gradient.scatter_add(1, self.labels, part * self.chosen)


class ConstraintValues(torch.autograd.Function):
    """(B, m) signed values, C rank columns, C flip columns and, with kept labels, C keep columns.

    ``apply(scores, goal, threshold, reference)``, see ``Goal.constraints``. The second derivative is zero.
    """

    @staticmethod
    def forward(scores: Tensor, goal: Goal, threshold: float, reference: Reference) -> Tensor:
        top = scores.topk(goal.k + 1, dim=1).values
        rank = top[:, goal.k :] - scores  # f_[k+1] - f_j >= 0: label j is outside the top k (Eq. 8)
        off = threshold - scores  # 0.5 - f_j >= 0: label j is not predicted (Eq. 10)
        if goal.target is not None:  # f_j - f_[k] >= 0: target j is inside the top k
            rank = torch.where(goal.target, scores - top[:, goal.k - 1 : goal.k], rank)
        if goal.keep_on is None:
            return torch.cat([rank, off], 1)
        return torch.cat([rank, off, torch.where(goal.keep_on, -off, off)], 1)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Goal, float, Reference], output: Tensor) -> None:
        scores, ctx.goal, _, reference = inputs
        if ctx.needs_input_grad[0]:
            ctx.outer, ctx.inner = _shares(scores, ctx.goal, reference)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        goal, classes = ctx.goal, ctx.goal.true.shape[1]
        rank, off, *keep = gradients[0].split(classes, dim=1)
        gradient = (rank + off).neg()
        below = rank
        if goal.target is not None:
            above = rank * goal.target
            below = rank - above
            gradient = above - below - off
        for side in keep:
            gradient = gradient + torch.where(goal.keep_on, side, -side)
        if ctx.outer is not None:
            gradient = ctx.outer.spread(gradient, below.sum(1, keepdim=True))
        if ctx.inner is not None and goal.target is not None:  # f_[k] bounds targets only
            gradient = ctx.inner.spread(gradient, -above.sum(1, keepdim=True))
        return gradient, None, None, None


def _shares(scores: Tensor, goal: Goal, reference: Reference) -> tuple[Share | None, Share | None]:
    """Who takes the gradient of f_[k+1] and of f_[k]; None: nobody."""
    if reference == "hold":
        return None, None
    if reference == "flow":
        inner, outer = scores.topk(goal.k + 1, dim=1).indices[:, goal.k - 1 :].split(1, dim=1)
        alone = torch.ones_like(outer, dtype=torch.bool)
        return Share(outer, alone), Share(inner, alone)
    passing = scores.masked_fill(goal.leaving, -torch.inf).topk(goal.k, dim=1)
    yielding = scores.masked_fill(goal.staying, -torch.inf).topk(goal.k, dim=1)
    if reference == "spread":
        return Share(passing.indices, passing.values.isfinite()), Share(yielding.indices, yielding.values.isfinite())
    return (
        Share(passing.indices, passing.values <= yielding.values[:, :1]),
        Share(yielding.indices, yielding.values >= passing.values[:, -1:]),
    )
