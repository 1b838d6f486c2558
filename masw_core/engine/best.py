"""Which point of its path each sample returns: the best so far, z* of Algorithm 1, or the last."""

from __future__ import annotations

from masw_core.trace.ranking import rank_key
from masw_core.trace.step import Step
from masw_core.weighting.branches import ROSE

import torch
from torch import Tensor


class Best:
    """Keeps one perturbation per sample, updated step by step.

    Args:
        x: (B, ...) clean inputs.
        returns: ``"best"``, ``"lagrangian"`` or ``"last"``, see ``engine.run``.
    """

    def __init__(self, x: Tensor, returns: str) -> None:
        self.returns = returns
        self.perturbation = torch.zeros_like(x)
        self.key = torch.full((len(x),), torch.inf, dtype=x.dtype, device=x.device)

    def update(self, step: Step) -> None:
        """Take over the rows of the step that are better than what is kept."""
        if self.returns == "last":
            self.perturbation[step.samples] = step.perturbation
            return
        if self.returns == "lagrangian":
            better = step.branch != ROSE
        else:
            key = rank_key(step.success, step.norm, step.failure, torch.where)
            better = key < self.key[step.samples]
            self.key[step.samples] = torch.minimum(key, self.key[step.samples])
        if bool(better.any()):
            self.perturbation[step.samples[better]] = step.perturbation[better]
