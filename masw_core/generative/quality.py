"""How well a generator attacks: success beside random noise of the same norm and beside PGD, for its card."""

from __future__ import annotations

from typing import Any

from masw_core import metrics
from masw_core.attacks import load_attack
from masw_core.engine import run
from masw_core.generative.store import Generator
from masw_core.geometry import inside_box, l2_norm, per_sample
from masw_core.goals import Goal

import torch
from torch import Tensor, nn

PGD_STEPS = 20
BATCH = 25


def measure(generator: Generator, model: nn.Module, images: Tensor, true: Tensor, k: int = 3) -> dict[str, Any]:
    """ASR, SASR and LFR in percent, untargeted, and the mean norm.

    Args:
        images: (N, 3, H, W) in [-1, 1].
        true: (N, C) bool; rows that leave no room for k other labels are left out.

    Returns:
        Rows ``generator`` (at the tau it was trained for), ``noise`` (random directions of the same norms), ``pgd``
        (20 steps, same tau) and ``bound_only`` (the generator with its L_inf bound but no L2 ball, as published).
    """
    possible = true.sum(1) <= true.shape[1] - k
    images, goal = images[possible], Goal.untargeted(true[possible], k)
    settings = {"tau": generator.card["tau"]}
    own = _perturbations(load_attack(generator.card["method"], generator=generator, **settings), model, images, goal)
    free = load_attack(generator.card["method"], generator=generator, tau=float("inf"))
    noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(0), dtype=images.dtype)
    rows = {
        "generator": own,
        "noise": noise * per_sample(l2_norm(own) / l2_norm(noise), noise),
        "pgd": _perturbations(load_attack("pgd", steps=PGD_STEPS, step_size=None, **settings), model, images, goal),
        "bound_only": _perturbations(free, model, images, goal),
    }
    return {"images": len(images), "k": k, **{name: _rates(model, images, z, goal) for name, z in rows.items()}}


def _perturbations(attack: Any, model: nn.Module, images: Tensor, goal: Goal) -> Tensor:
    parts = [
        run(attack, model, images[i : i + BATCH], goal[i : i + BATCH], stop="never", returns="last").perturbation
        for i in range(0, len(images), BATCH)
    ]
    return torch.cat(parts)


def _rates(model: nn.Module, images: Tensor, perturbation: Tensor, goal: Goal) -> dict[str, float]:
    attacked = inside_box(images + perturbation)
    with torch.no_grad():
        scores = torch.cat([model(part) for part in attacked.split(BATCH)])
    rates = {"asr": metrics.asr, "sasr": metrics.sasr, "lfr": metrics.lfr}
    values = {name: round(100 * rate(goal, scores), 1) for name, rate in rates.items()}
    return {**values, "norm": round(float(l2_norm(attacked - images).mean()), 3)}
