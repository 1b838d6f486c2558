"""Attack failure degree (AFD) and attack cost (AC) of single samples: the old measures and the Jaccard ones.

Label consistency LC (Eq. 1), soft LC (Eqs. 5 and S.1), label flip LF (Eq. 2), soft LF (Eq. 6), attack cost
(Eq. 3) and soft attack cost (Eq. S.2). Averages over a data set live in ``metrics``.

All functions take (B, C) scores, work alike on logits (threshold 0) and probabilities (threshold 0.5) and return
(B,) floats. "Smaller" sets in Eq. 1 are proper subsets; with equality allowed the sum could reach 3.
"""

from __future__ import annotations

from masw_core.task.goals import Goal

import torch
from torch import Tensor


def top_k(scores: Tensor, k: int) -> Tensor:
    """(B, C) bool, the top-k label set; at ties the lower label index wins, on every device."""
    return torch.zeros_like(scores, dtype=torch.bool).scatter_(1, _first(scores, k), True)


def lc(scores: Tensor, labels: Tensor, k: int) -> Tensor:
    """Label consistency, Eq. 1: 1 if one of the sets ``labels`` and top-k contains the other, else 0."""
    top = top_k(scores, k)
    inside = ~(labels & ~top).any(1)
    around = ~(top & ~labels).any(1)
    return (inside | around).to(scores.dtype)


def slc(scores: Tensor, labels: Tensor, k: int) -> Tensor:
    """Soft label consistency, Eqs. 5 and S.1: |labels ∩ top-k| / min(|labels|, k); 0 for an empty label set."""
    shared = labels.gather(1, _first(scores, k)).sum(1, dtype=scores.dtype)
    return shared / labels.sum(1).clamp(1, k)


def lf(scores: Tensor, true: Tensor, threshold: float = 0.0) -> Tensor:
    """Label flip, Eq. 2: 1 if any true label is still predicted, else 0."""
    return (true & (scores >= threshold)).any(1).to(scores.dtype)


def slf(scores: Tensor, true: Tensor, threshold: float = 0.0) -> Tensor:
    """Soft label flip, Eq. 6: the share of true labels still predicted; 0 for an empty label set."""
    return (true & (scores >= threshold)).sum(1, dtype=scores.dtype) / true.sum(1).clamp_min(1)


def ac(scores: Tensor, clean_scores: Tensor, irrelevant: Tensor, threshold: float = 0.0) -> Tensor:
    """Attack cost, Eq. 3: 1 if the prediction of any irrelevant label changed, else 0."""
    return (irrelevant & _changed(scores, clean_scores, threshold)).any(1).to(scores.dtype)


def soft_ac(scores: Tensor, clean_scores: Tensor, irrelevant: Tensor, threshold: float = 0.0) -> Tensor:
    """Soft attack cost, Eq. S.2: the share of irrelevant labels whose prediction changed; 0 if there are none."""
    changed = (irrelevant & _changed(scores, clean_scores, threshold)).sum(1)
    return changed / irrelevant.sum(1).clamp_min(1).to(scores.dtype)


def of_goal(goal: Goal, scores: Tensor, clean_scores: Tensor, threshold: float = 0.0) -> dict[str, Tensor]:
    """All six measures at once for a goal: keys ``lc, slc, lf, slf, ac, soft_ac``, each (B,).

    In targeted cases LC and SLC are those of the target labels, so higher is better (Eq. 12); untargeted they
    are those of the true labels, so lower is better (Eq. 7). The other four are always costs.
    """
    labels = goal.true if goal.target is None else goal.target
    return {
        "lc": lc(scores, labels, goal.k),
        "slc": slc(scores, labels, goal.k),
        "lf": lf(scores, goal.true, threshold),
        "slf": slf(scores, goal.true, threshold),
        "ac": ac(scores, clean_scores, goal.irrelevant, threshold),
        "soft_ac": soft_ac(scores, clean_scores, goal.irrelevant, threshold),
    }


def failure_degree(goal: Goal, scores: Tensor, threshold: float = 0.0) -> Tensor:
    """(B,) in [0, 2], lower is better: SLC + SLF untargeted (Eq. 7), (1 - SLC) + SLF targeted (Eq. 12)."""
    if goal.target is None:
        return slc(scores, goal.true, goal.k) + slf(scores, goal.true, threshold)
    return 1 - slc(scores, goal.target, goal.k) + slf(scores, goal.true, threshold)


def _first(scores: Tensor, k: int) -> Tensor:
    """(B, k) the labels with the highest scores; at ties the lower index comes first."""
    return scores.argsort(dim=1, descending=True, stable=True)[:, :k]


def _changed(scores: Tensor, clean_scores: Tensor, threshold: float) -> Tensor:
    return (scores >= threshold) != (clean_scores >= threshold)
