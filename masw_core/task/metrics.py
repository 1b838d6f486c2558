"""Averages over a data set: ASR, SASR, LFR, SAC, the two perturbation sizes and fluctuation (Section V-A).

Per-sample measures live in ``measures``. All rates are in [0, 1]; the paper prints percent.
"""

from __future__ import annotations

from masw_core.task import measures
from masw_core.task.geometry import l2_norm
from masw_core.task.goals import Goal
from masw_core.task.ranges import SIGNED, Range, change_to_signed, to_signed

import torch
from torch import Tensor


def asr(goal: Goal, scores: Tensor) -> float:
    """Attack success rate: the share of samples whose goal is reached completely (what the tables report)."""
    return float(goal.success(scores).double().mean())


def asr_eq25(goal: Goal, scores: Tensor) -> float:
    """Eq. 25 as printed, 1 - mean LC: partial untargeted attacks count as successes; targeted, mean LC of Y_t."""
    labels = goal.true if goal.target is None else goal.target
    mean = float(measures.lc(scores, labels, goal.k).double().mean())
    return 1 - mean if goal.target is None else mean


def sasr(goal: Goal, scores: Tensor) -> float:
    """Soft ASR: untargeted 1 - mean SLC (Eq. 26); targeted mean |Y_t ∩ top-k| / k, as (26) has the wrong sign."""
    labels = goal.true if goal.target is None else goal.target
    mean = float(measures.slc(scores, labels, goal.k).double().mean())
    return 1 - mean if goal.target is None else mean


def lfr(goal: Goal, scores: Tensor, threshold: float = 0.0) -> float:
    """Label flip rate, Eq. 28: 1 - mean SLF."""
    return 1 - float(measures.slf(scores, goal.true, threshold).double().mean())


def afd(goal: Goal, scores: Tensor, threshold: float = 0.0) -> float:
    """Attack failure degree, mean of Eq. 7 or 12, in [0, 2]: what SASR and LFR leave, (1 - SASR) + (1 - LFR)."""
    return float(measures.failure_degree(goal, scores, threshold).double().mean())


def sac(goal: Goal, scores: Tensor, clean_scores: Tensor, threshold: float = 0.0) -> float:
    """Soft AC over a data set, Eq. S.5: 1 - mean soft AC; higher is better although AC itself is a cost."""
    return 1 - float(measures.soft_ac(scores, clean_scores, goal.irrelevant, threshold).double().mean())


def pert_eq27(perturbation: Tensor, input_range: Range = SIGNED) -> Tensor:
    """(B,) Eq. 27 before averaging: L2 norm over the number of pixels H*W, in the units of [-1, 1] images.

    ``input_range`` is that of the images whose difference is given, such as ``model.input_range``.
    """
    return l2_norm(change_to_signed(perturbation, input_range)) / _pixels(perturbation)


def pert_table(x: Tensor, adversarial: Tensor, input_range: Range = SIGNED) -> Tensor:
    """(B,) what the tables' code computes, in units of 10^-2 as printed: 255 |artanh(x') - artanh(x)| / (H*W).

    The authors' code treats [-1, 1] images as artanh coordinates: it feeds tanh(x) to the model and measures the
    change in artanh space. Here the images are taken as they are, and both are pulled into (-1, 1) by the
    factor 0.999999 first. The tables average it over successes only; that choice is the caller's.
    ``input_range`` is that of the images given.
    """
    shrink = 0.999999
    moved, clean = (to_signed(image.double(), input_range) for image in (adversarial, x))
    change = torch.atanh(shrink * moved) - torch.atanh(shrink * clean)
    return 255 * l2_norm(change) / _pixels(x)


def fluctuation(lagrangian: Tensor) -> Tensor:
    """(B,) in [0, 1]: how much of the Lagrangian's movement goes upwards, sum of rises / sum of |changes|.

    0 is a monotone descent, 0.5 a curve that returns to where it began. The paper reports the share of runs with
    fluctuation above 0.3 without defining it; this definition is ours.

    Args:
        lagrangian: (B, T) values along the run; NaN marks steps that a sample did not run.
    """
    change = lagrangian.diff(dim=1).nan_to_num(0.0)
    total = change.abs().sum(1)
    return torch.where(total > 0, change.clamp_min(0).sum(1) / total.clamp_min(1e-30), torch.zeros_like(total))


def _pixels(image: Tensor) -> int:
    return image.shape[-1] * (image.shape[-2] if image.dim() > 2 else 1)
