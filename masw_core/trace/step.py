"""One step of an attack on a batch: the only thing that attacks produce and everything else consumes."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from masw_core.task.geometry import l2_norm
from masw_core.task.goals import Constraints
from masw_core.weighting.branches import BRANCHES, NONE
from masw_core.weighting.lagrangian import closed_form_slack

import torch
from torch import Tensor

__all__ = ["BRANCHES", "Step"]


@dataclass(frozen=True)
class Step:
    """What was seen at z_t, for the b samples that still run. All tensors are detached and batch-first.

    Attributes:
        index: t; 0 is the clean image, t is the point after t updates.
        samples: (b,) rows of the original batch.
        perturbation: (b, ...) z_t.
        scores: (b, C) logits at x + z_t.
        constraints, mask: (b, m) signed values (satisfied: >= 0) and which of them exist, in the attack's space.
        family, label: m names and label indices of the columns.
        slack: (b, m), >= 0; 0 where masked.
        weights: (b, m) in [0, 1] (set by hand also above): how much each constraint pulls in the move away from z_t.
        epsilon: (b,) threshold after this step's update; NaN for attacks without one.
        lagrangian: (b,) the objective that the attack lowers, at z_t, under the weights in force.
        branch: (b,) codes into ``BRANCHES``.
        gradient_norm: (b,) L2 norm of the objective's gradient; NaN where no gradient was taken.
        success: (b,) bool, the goal is reached at z_t.
        failure: (b,) in [0, 2], see ``measures.failure_degree``.
    """

    index: int
    samples: Tensor
    perturbation: Tensor
    scores: Tensor
    constraints: Tensor
    mask: Tensor
    family: tuple[str, ...]
    label: tuple[int, ...]
    slack: Tensor
    weights: Tensor
    epsilon: Tensor
    lagrangian: Tensor
    branch: Tensor
    gradient_norm: Tensor
    success: Tensor
    failure: Tensor

    @classmethod
    def at(
        cls,
        perturbation: Tensor,
        scores: Tensor,
        constraints: Constraints,
        lagrangian: Tensor,
        slack: Tensor | None = None,
        weights: Tensor | None = None,
        epsilon: Tensor | None = None,
        branch: Tensor | None = None,
    ) -> Step:
        """A step as an attack sees it. Left out: closed-form slack, uniform weights, no epsilon rule.

        The engine fills in index, samples, success and failure.
        """
        values = constraints.values.detach()
        nothing = torch.full_like(lagrangian, torch.nan).detach()
        if slack is None:
            slack = closed_form_slack(values, constraints.mask)
        return cls(
            index=-1,
            samples=torch.arange(len(scores), device=scores.device),
            perturbation=perturbation.detach(),
            scores=scores.detach(),
            constraints=values,
            mask=constraints.mask,
            family=constraints.family,
            label=constraints.label,
            slack=slack.detach(),
            weights=torch.ones_like(slack) if weights is None else weights,
            epsilon=nothing if epsilon is None else epsilon,
            lagrangian=lagrangian.detach(),
            branch=torch.full_like(lagrangian, NONE, dtype=torch.long) if branch is None else branch,
            gradient_norm=nothing,
            success=torch.zeros_like(lagrangian, dtype=torch.bool),
            failure=nothing,
        )

    @property
    def norm(self) -> Tensor:
        """(b,) L2 norm of the perturbation."""
        return l2_norm(self.perturbation)

    def cpu(self) -> Step:
        """The same step with every tensor on the CPU (one transfer each, only for those who record)."""
        moved: dict[str, Any] = {
            field.name: value.cpu() for field in fields(self) if isinstance(value := getattr(self, field.name), Tensor)
        }
        return replace(self, **moved)
