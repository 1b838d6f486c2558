"""What the runs of a cell left behind, averaged: the numbers of a row and of every image.

The definitions live in ``metrics`` and ``measures``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from masw_core.benchmark.protocol import EvaluationSet
from masw_core.engine.running import Result
from masw_core.task import measures, metrics
from masw_core.task.goals import Goal
from masw_core.trace.step import Step

import torch
from torch import Tensor

FLUCTUATING = 0.3  # the paper counts the runs above it (Supplement, Section S.III-F)


@dataclass(frozen=True)
class Outcome:
    """Everything a cell's runs left behind, on the CPU, one row per image."""

    goal: Goal
    x: Tensor
    index: Tensor
    curves: Tensor
    adversarial: Tensor
    perturbation: Tensor
    scores: Tensor
    clean: Tensor
    forwards: Tensor
    backwards: Tensor
    iterations: Tensor

    @classmethod
    def of(cls, parts: list[tuple[Goal, Result]], images: EvaluationSet, curves: Tensor) -> Outcome:
        goals, results = zip(*parts, strict=True)
        target = None if goals[0].target is None else torch.cat([goal.target for goal in goals])
        goal = Goal(torch.cat([goal.true for goal in goals]), goals[0].k, target, case=goals[0].case)

        def cat(name: str) -> Tensor:
            return torch.cat([getattr(result, name) for result in results]).cpu()

        names = ("adversarial", "perturbation", "scores")
        costs = {"forwards": cat("forwards_per_sample"), "backwards": cat("backwards_per_sample")}
        joined = {name: cat(name) for name in names}
        return cls(
            goal, images.x, images.index, curves, clean=images.clean, iterations=cat("iterations"), **joined, **costs
        )

    @property
    def norm(self) -> Tensor:
        return self.perturbation.flatten(1).norm(dim=1)

    def averages(self) -> dict[str, Any]:
        success = self.goal.success(self.scores)
        wavering, shared = (metrics.fluctuation(curve) for curve in self.curves)
        table = metrics.pert_table(self.x, self.adversarial)
        return {
            "asr": metrics.asr(self.goal, self.scores),
            "sasr": metrics.sasr(self.goal, self.scores),
            "lfr": metrics.lfr(self.goal, self.scores),
            "sac": metrics.sac(self.goal, self.scores, self.clean),
            "afd": metrics.afd(self.goal, self.scores),
            "asr_eq25": metrics.asr_eq25(self.goal, self.scores),
            "pert_eq27": float(metrics.pert_eq27(self.perturbation).mean()),
            "pert_table": _mean(table[success]),
            "norm": float(self.norm.mean()),
            "norm_success": _mean(self.norm[success]),
            "fluctuation": float(wavering.mean()),
            "fluctuating": float((wavering > FLUCTUATING).double().mean()),
            "fluctuation_shared": float(shared.mean()),
            "forwards": float(self.forwards.double().mean()),
            "backwards": float(self.backwards.double().mean()),
        }

    def rows(self) -> list[dict[str, Any]]:
        values = measures.of_goal(self.goal, self.scores, self.clean)
        columns = {
            "image": self.index,
            "success": self.goal.success(self.scores).long(),
            "slc": values["slc"],
            "slf": values["slf"],
            "soft_ac": values["soft_ac"],
            "afd": measures.failure_degree(self.goal, self.scores),
            "norm": self.norm,
            "iterations": self.iterations,
            "fluctuation": metrics.fluctuation(self.curves[0]),
        }
        listed = {name: column.tolist() for name, column in columns.items()}
        return [dict(zip(listed, values, strict=True)) for values in zip(*listed.values(), strict=True)]


def follow(curves: Tensor) -> Callable[[Step], None]:
    """Writes two (B, T + 1) curves, NaN where a sample has finished: the Lagrangian, which every attack defines for
    itself, and half the squared violation of the goal's constraints, which is the same for all."""

    def on_step(step: Step) -> None:
        violation = (step.constraints.clamp_max(0).square() * step.mask).sum(1) / 2
        curves[:, step.samples.cpu(), step.index] = torch.stack([step.lagrangian, violation]).float().cpu()

    return on_step


def _mean(values: Tensor) -> float:
    return float(values.double().mean()) if len(values) else float("nan")
