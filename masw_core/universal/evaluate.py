"""How well one perturbation works on many samples, and random noise of the same norm to compare it with."""

from __future__ import annotations

from dataclasses import dataclass

from masw_core.models.attacked import Frozen, require_signed
from masw_core.task import metrics
from masw_core.task.geometry import IMAGE_BOX, inside_box
from masw_core.task.goals import Goal

import torch
from torch import Tensor, nn

CHUNK = 50  # samples per forward


@dataclass(frozen=True)
class Rates:
    """ASR, SASR (Eq. 26) and LFR (Eq. 28) over a data set, in [0, 1]."""

    asr: float
    sasr: float
    lfr: float


def rates(goal: Goal, scores: Tensor) -> Rates:
    return Rates(metrics.asr(goal, scores), metrics.sasr(goal, scores), metrics.lfr(goal, scores))


def device_of(model: nn.Module, x: Tensor) -> torch.device:
    """Where the model is; a model without parameters is wherever x is."""
    parameter = next(model.parameters(), None)
    return x.device if parameter is None else parameter.device


def scores_under(model: nn.Module, z: Tensor, x: Tensor) -> Tensor:
    """(N, C) logits of the samples x (N, ...) with z added and clamped to the box; on the model's device."""
    require_signed(model)
    device, box = device_of(model, x), getattr(model, "box", IMAGE_BOX)
    with Frozen(model), torch.no_grad():
        parts = [model(inside_box(part.to(device) + z.to(device), box)) for part in x.split(CHUNK)]
    return torch.cat(parts)


def evaluate_universal(model: nn.Module, z: Tensor, x: Tensor, true: Tensor, k: int) -> Rates:
    """The rates that one perturbation reaches on samples it need not have seen.

    Args:
        z: the shape of one sample.
        x: (N, ...) clean samples in the box.
        true: (N, C) their true labels.
        k: top-k.
    """
    scores = scores_under(model, z, x)
    return rates(Goal.untargeted(true, k).to(scores.device), scores)


def random_noise(z: Tensor, seed: int = 0) -> Tensor:
    """Gaussian noise of the shape and the L2 norm of z: what a perturbation must beat to mean anything."""
    noise = torch.randn(z.shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return (noise * (z.double().cpu().norm() / noise.norm())).to(z)
