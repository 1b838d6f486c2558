"""What a perturbation does to samples it has not seen, sample by sample, beside noise of the same norm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from masw_core.task.goals import Goal
from masw_core.universal.evaluate import Rates, random_noise, rates, scores_under

import numpy as np
import torch
from torch import Tensor, nn

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Verdict:
    """Rows are the samples, in their order.

    Attributes:
        samples: how many samples the rates are about.
        held_out: the rates with the perturbation.
        noise: the rates with Gaussian noise of the same norm.
        true: (N, C) bool.
        before, after: (N, k) indices of the k highest labels, clean and perturbed, the highest first.
        fooled: (N,) bool, no true label is left in the top k.
    """

    samples: int
    held_out: Rates
    noise: Rates
    true: Array
    before: Array
    after: Array
    fooled: Array


def judge(model: nn.Module, z: Tensor, x: Tensor, true: Tensor, k: int) -> Verdict:
    """Judge z on held-out samples; arguments as for ``evaluate_universal``."""
    clean, changed, noisy = (scores_under(model, one, x) for one in (torch.zeros_like(z), z, random_noise(z)))
    goal = Goal.untargeted(true, k).to(clean.device)
    return Verdict(
        samples=len(x),
        held_out=rates(goal, changed),
        noise=rates(goal, noisy),
        true=true.bool().cpu().numpy(),
        before=clean.topk(k, dim=1).indices.cpu().numpy(),
        after=changed.topk(k, dim=1).indices.cpu().numpy(),
        fooled=goal.success(changed).cpu().numpy(),
    )
