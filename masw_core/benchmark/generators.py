"""How well a generator attacks: success beside random noise of the same norm and beside PGD, for its card."""

from __future__ import annotations

from typing import Any

from masw_core.attacks import load_attack
from masw_core.engine.running import run
from masw_core.generative.store import Generator
from masw_core.task import metrics
from masw_core.task.geometry import inside_box, l2_norm, per_sample
from masw_core.task.goals import Goal

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
        ``images``, ``k`` and two ``limits``: ``bound``, the generator with its L_inf bound alone, as
        published, and ``ball``, scaled into the L2 ball of the model's recommended tau. Each has rows ``generator``,
        ``noise`` (random directions of the same norms) and ``pgd`` (20 steps in an L2 ball of the same size).
    """
    possible = true.sum(1) <= true.shape[1] - k
    images, goal = images[possible], Goal.untargeted(true[possible], k)
    limits = {
        name: _rows(generator, model, images, goal, tau) for name, tau in (("bound", float("inf")), ("ball", None))
    }
    return {"images": len(images), "k": k, "limits": limits}


def _rows(
    generator: Generator, model: nn.Module, images: Tensor, goal: Goal, tau: float | None
) -> dict[str, dict[str, float]]:
    own = _perturbations(load_attack(generator.card["method"], generator=generator, tau=tau), model, images, goal)
    noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(0), dtype=images.dtype)
    radius = float(l2_norm(own).mean())
    pgd = load_attack("pgd", steps=PGD_STEPS, tau=radius, step_size=2.5 * radius / PGD_STEPS)
    rows = {
        "generator": own,
        "noise": noise * per_sample(l2_norm(own) / l2_norm(noise), noise),
        "pgd": _perturbations(pgd, model, images, goal),
    }
    return {name: _rates(model, images, z, goal) for name, z in rows.items()}


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
