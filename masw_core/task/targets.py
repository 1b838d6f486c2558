"""Which labels a targeted attack asks for: the best, random and worst case of the paper (Section V-D).

Best: the k highest-scoring labels outside the true ones; worst: the k lowest; random: k drawn without
replacement, reproducibly (every row has a stream of its own). A true label is never a target.
"""

from __future__ import annotations

from masw_core.task.goals import CASES, Goal
from masw_core.task.multi_hot import multi_hot

import numpy as np
import torch
from torch import Tensor


def choose_targets(case: str, clean_scores: Tensor, true: Tensor, k: int, seed: int | list[int] = 0) -> Tensor:
    """(B, C) bool with exactly k targets per row, none of them a true label.

    Args:
        case: ``"best"``, ``"random"`` or ``"worst"``.
        clean_scores: (B, C) scores of the clean images.
        true: (B, C) multi-hot.
        k: how many targets.
        seed: for the random case: one seed (row i draws from the stream (seed, i)), or one seed per row, so that
            an image keeps its targets whatever batch it is in.

    Raises:
        ValueError: unknown case, or fewer than k labels are not true labels.
    """
    true = multi_hot("true", true)
    if clean_scores.shape != true.shape:
        raise ValueError(
            f"true has shape {tuple(true.shape)} but the scores have {tuple(clean_scores.shape)}: give both as (B, C)."
        )
    free = (~true).sum(1)
    if len(true) and k > int(free.min()):
        raise ValueError(
            f"k = {k} targets are impossible: an image has only {int(free.min())} labels that are not true."
        )
    if case == "best":
        preference = clean_scores
    elif case == "worst":
        preference = -clean_scores
    elif case == "random":
        preference = _draws(seed, true).to(clean_scores)
    else:
        raise ValueError(f"Unknown case {case!r}: choose best, random or worst.")
    order = preference.masked_fill(true, -torch.inf).argsort(dim=1, descending=True, stable=True)
    return torch.zeros_like(true).scatter_(1, order[:, :k], True)


def _draws(seed: int | list[int], true: Tensor) -> Tensor:
    streams = seed if isinstance(seed, list) else [(seed, row) for row in range(len(true))]
    if len(streams) != len(true):
        raise ValueError(f"There are {len(true)} images but {len(streams)} seeds: give one seed, or one per image.")
    draws = [np.random.default_rng(stream).random(true.shape[1]) for stream in streams]
    return torch.as_tensor(np.array(draws).reshape(true.shape), device="cpu")


def make_goal(
    case: str,
    true: Tensor,
    k: int,
    clean_scores: Tensor | None = None,
    seed: int | list[int] = 0,
    attack_cost: bool = False,
) -> Goal:
    """The goal of any of the four cases, targets chosen from the clean scores.

    Args:
        case: one of ``goals.CASES``.
        true: (B, C) multi-hot, bool or 0 and 1; indices are refused.
        k: top-k.
        clean_scores: (B, C), needed by the targeted cases.
        seed: for the random case.
        attack_cost: also ask that irrelevant labels keep their predictions (Eq. S.4); targeted cases only.

    Raises:
        ValueError: the case is unknown, the goal infeasible, or scores are missing.
    """
    if case not in CASES:
        raise ValueError(f"Unknown case {case!r}: choose one of {', '.join(CASES)}.")
    if case == "untargeted":
        if attack_cost:
            raise ValueError("Attack-cost constraints (Eq. S.4) belong to the targeted cases: turn them off.")
        return Goal.untargeted(true, k)
    if clean_scores is None:
        raise ValueError(f"The {case} case chooses its targets from the clean scores: give clean_scores.")
    target = choose_targets(case, clean_scores, true, k, seed)
    keep = ~(true.bool() | target) if attack_cost else None
    return Goal.targeted(true, target, k, keep=keep, case=case)


def predicted_labels(scores: Tensor) -> Tensor:
    """(B, C) bool: labels with a logit of at least 0; where there is none, the highest one."""
    highest = torch.zeros_like(scores, dtype=torch.bool).scatter_(1, scores.argmax(1, keepdim=True), True)
    predicted = scores >= 0
    return torch.where(predicted.any(1, keepdim=True), predicted, highest)
