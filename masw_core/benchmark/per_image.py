"""A cell of the tables of per-image attacks: every image gets a perturbation of its own."""

from __future__ import annotations

import time

from masw_core.benchmark.cell import Cell, Protocol, Row
from masw_core.benchmark.methods import Method
from masw_core.benchmark.outcome import Outcome, follow
from masw_core.benchmark.protocol import EvaluationSet, cooccurrence_on
from masw_core.benchmark.surviving import survival_columns
from masw_core.engine.running import run
from masw_core.task.goals import Goal
from masw_core.task.targets import make_goal

import torch


def measure_per_image(cell: Cell, protocol: Protocol, images: EvaluationSet) -> tuple[Row, list[Row]]:
    """A perturbation for every image; returns as ``measuring.measure``, without the key columns."""
    method = Method.parse(cell.attack)
    tau = protocol.radius(images.model, cell.case, cell.tau_share)
    correlation = cooccurrence_on(cell.dataset, protocol.root) if method.takes_cooccurrence else None
    attack = method.attack(protocol.steps, tau, correlation)
    torch.manual_seed(cell.seed)
    started = time.perf_counter()
    curves = torch.full((2, len(images), attack.steps + 1), torch.nan)
    parts = []
    for start in range(0, len(images), protocol.batch):
        part = images[slice(start, start + protocol.batch)]
        goal = goal_of(cell, part)
        on_step = follow(curves[:, start : start + protocol.batch])
        parts.append((goal, run(attack, part.model, part.x, goal, stop=protocol.stop, on_step=on_step)))
    seconds = (time.perf_counter() - started) / len(images)
    outcome = Outcome.of(parts, images, curves)
    facts = {"seconds_per_image": seconds, "samples": len(images), "tau": attack.tau, "steps": attack.steps}
    survives = survival_columns(outcome, images.model) if protocol.survival else {}
    return {**outcome.averages(), **facts, **survives}, outcome.rows()


def goal_of(cell: Cell, images: EvaluationSet) -> Goal:
    """The goal of a cell on some of its images; random targets do not depend on the batch."""
    seeds = [cell.seed * 1_000_003 + int(index) for index in images.index]
    return make_goal(cell.case, images.true, cell.k, images.clean, seed=seeds)
