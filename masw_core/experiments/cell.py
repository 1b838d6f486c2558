"""One cell of a table: an attack on the images of one data set, model, case, k and seed, measured.

Averages and their definitions live in ``metrics``; which images there are in ``protocol``; what an attack may do in
``methods``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from masw_core import measures, metrics
from masw_core.attacks.base import PAPER_TAU
from masw_core.engine import Result, run
from masw_core.experiments.columns import KEY
from masw_core.experiments.methods import Method
from masw_core.experiments.protocol import EvaluationSet, cooccurrence_on, evaluation_set
from masw_core.goals import Goal
from masw_core.steps import Step
from masw_core.targets import make_goal

import torch
from torch import Tensor

Row = dict[str, Any]
FLUCTUATING = 0.3  # the paper counts the runs above it (Supplement, Section S.III-F)


@dataclass(frozen=True)
class Cell:
    """What is measured."""

    dataset: str
    model: str
    case: str
    k: int
    attack: str
    seed: int

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(str(getattr(self, name)) for name in KEY)


@dataclass(frozen=True)
class Protocol:
    """How every cell of a sweep is measured.

    Attributes:
        samples: images per cell.
        batch: images attacked together.
        steps: at most so many updates; None: each attack's own number.
        split, root: see ``protocol.evaluation_set``.
        device: ``"cpu"``, ``"cuda"`` or ``"auto"``.
        stop: see ``engine.run``.
    """

    samples: int = 100
    batch: int = 50
    steps: int | None = None
    split: str | None = None
    root: str | None = None
    device: str = "auto"
    stop: str = "success"

    def __post_init__(self) -> None:
        for name in ("samples", "batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} = {getattr(self, name)} is too few: choose at least 1.")
        if self.steps is not None and self.steps < 1:
            raise ValueError(f"steps = {self.steps} is too few: choose at least 1.")


def measure(cell: Cell, protocol: Protocol) -> tuple[Row, list[Row]]:
    """Run one cell.

    Returns:
        The row of the table (``COLUMNS``; rates in [0, 1], norms in units of [-1, 1] images, pert_table in 10^-2 and
        over successes only, as the paper's code has it), and one row per image (``SAMPLE_COLUMNS``).

    Raises:
        ValueError: the attack cannot do the case, or no image can have such a goal.
    """
    method = Method.parse(cell.attack)
    if not method.supports(cell.case):
        raise ValueError(f"{cell.attack} cannot do the {cell.case} case: leave one of them out.")
    images = evaluation_set(
        cell.dataset, cell.model, protocol.samples, cell.seed, protocol.split, protocol.root, protocol.device
    )
    possible = images[images.true.sum(1) <= images.true.shape[1] - cell.k]
    if not len(possible):
        raise ValueError(f"k = {cell.k} is impossible on {cell.dataset}: no image leaves {cell.k} other labels.")
    tau = recommended_tau(possible, cell.case)
    correlation = cooccurrence_on(cell.dataset, protocol.root) if method.name == "tkalc" else None
    attack = method.attack(protocol.steps, tau, correlation)
    torch.manual_seed(cell.seed)
    started = time.perf_counter()
    curve = torch.full((len(possible), attack.steps + 1), torch.nan)
    parts = []
    for start in range(0, len(possible), protocol.batch):
        part = possible[slice(start, start + protocol.batch)]
        seeds = [cell.seed * 1_000_003 + int(index) for index in part.index]  # targets do not depend on the batch
        goal = make_goal(cell.case, part.true, cell.k, part.clean, seed=seeds)
        on_step = _follow(curve[start : start + protocol.batch])
        parts.append((goal, run(attack, part.model, part.x, goal, stop=protocol.stop, on_step=on_step)))
    seconds = (time.perf_counter() - started) / len(possible)
    outcome = _Outcome.of(parts, possible, curve)
    facts = {"seconds_per_image": seconds, "samples": len(possible), "tau": tau, "steps": attack.steps}
    key = dict(zip(KEY, (cell.dataset, cell.model, cell.case, cell.k, cell.attack, cell.seed), strict=True))
    return {**key, **outcome.averages(), **facts}, [{**key, **row} for row in outcome.rows()]


def recommended_tau(images: EvaluationSet, case: str) -> float:
    """What the model recommends for the case, else the paper's 10 (untargeted) and 2 (targeted)."""
    paper = PAPER_TAU["untargeted" if case == "untargeted" else "targeted"]
    return float(images.model.recommended_tau.get(case, paper))


@dataclass(frozen=True)
class _Outcome:
    """Everything a cell's runs left behind, on the CPU, one row per image."""

    goal: Goal
    x: Tensor
    index: Tensor
    curve: Tensor
    adversarial: Tensor
    perturbation: Tensor
    scores: Tensor
    clean: Tensor
    forwards: Tensor
    backwards: Tensor
    iterations: Tensor

    @classmethod
    def of(cls, parts: list[tuple[Goal, Result]], images: EvaluationSet, curve: Tensor) -> _Outcome:
        goals, results = zip(*parts, strict=True)
        target = None if goals[0].target is None else torch.cat([goal.target for goal in goals])
        goal = Goal(torch.cat([goal.true for goal in goals]), goals[0].k, target, case=goals[0].case)

        def cat(name: str) -> Tensor:
            return torch.cat([getattr(result, name) for result in results]).cpu()

        names = ("adversarial", "perturbation", "scores")
        costs = {"forwards": cat("forwards_per_sample"), "backwards": cat("backwards_per_sample")}
        joined = {name: cat(name) for name in names}
        return cls(
            goal, images.x, images.index, curve, clean=images.clean, iterations=cat("iterations"), **joined, **costs
        )

    @property
    def norm(self) -> Tensor:
        return self.perturbation.flatten(1).norm(dim=1)

    def averages(self) -> Row:
        success = self.goal.success(self.scores)
        wavering = metrics.fluctuation(self.curve)
        table = metrics.pert_table(self.x, self.adversarial)
        return {
            "asr": metrics.asr(self.goal, self.scores),
            "sasr": metrics.sasr(self.goal, self.scores),
            "lfr": metrics.lfr(self.goal, self.scores),
            "sac": metrics.sac(self.goal, self.scores, self.clean),
            "asr_eq25": metrics.asr_eq25(self.goal, self.scores),
            "pert_eq27": float(metrics.pert_eq27(self.perturbation).mean()),
            "pert_table": _mean(table[success]),
            "norm": float(self.norm.mean()),
            "norm_success": _mean(self.norm[success]),
            "fluctuation": float(wavering.mean()),
            "fluctuating": float((wavering > FLUCTUATING).double().mean()),
            "forwards": float(self.forwards.double().mean()),
            "backwards": float(self.backwards.double().mean()),
        }

    def rows(self) -> list[Row]:
        values = measures.of_goal(self.goal, self.scores, self.clean)
        columns = {
            "image": self.index,
            "success": self.goal.success(self.scores).long(),
            "slc": values["slc"],
            "slf": values["slf"],
            "soft_ac": values["soft_ac"],
            "norm": self.norm,
            "iterations": self.iterations,
            "fluctuation": metrics.fluctuation(self.curve),
        }
        listed = {name: column.tolist() for name, column in columns.items()}
        return [dict(zip(listed, values, strict=True)) for values in zip(*listed.values(), strict=True)]


def _mean(values: Tensor) -> float:
    return float(values.double().mean()) if len(values) else float("nan")


def _follow(curve: Tensor) -> Callable[[Step], None]:
    """Writes the Lagrangian of every step into a (B, T + 1) table; NaN where a sample has finished."""

    def on_step(step: Step) -> None:
        curve[step.samples.cpu(), step.index] = step.lagrangian.float().cpu()

    return on_step
