"""A cell of the tables of universal attacks: one perturbation, found on training images, judged on the others.

The attack works on images of the ``train`` split (X_t), chosen like those it is judged on (X_v), see ``protocol``.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from masw_core.benchmark.cell import Cell, Protocol, Row
from masw_core.benchmark.methods import Method
from masw_core.benchmark.outcome import Outcome
from masw_core.benchmark.protocol import EvaluationSet, cooccurrence_on, evaluation_set
from masw_core.benchmark.surviving import survival_columns
from masw_core.task.geometry import inside_box
from masw_core.task.goals import Goal
from masw_core.universal import Universal, load_universal, run_universal
from masw_core.universal.evaluate import scores_under

import torch

UNKNOWN = ("fluctuation", "fluctuating", "fluctuation_shared")  # there is no curve per image


def measure_universal(cell: Cell, protocol: Protocol, images: EvaluationSet) -> tuple[Row, list[Row]]:
    """Find a universal perturbation and judge it on ``images``.

    Returns:
        As ``measuring.measure``, without fluctuation. Costs are those of finding it, per training image: seconds, and
        forwards and backwards in batched calls.

    Raises:
        ValueError: the attack has no untargeted case, or there are too few training images.
    """
    train = training_images(cell, protocol)
    universal = _within(universal_of(cell, protocol), cell.tau_share, images)
    torch.manual_seed(cell.seed)
    started = time.perf_counter()
    found = run_universal(universal, images.model, train.x, train.true, cell.k)
    seconds = (time.perf_counter() - started) / len(train)
    outcome = outcome_under(images, found.perturbation.cpu(), cell.k)
    facts = {
        "seconds_per_image": seconds,
        "samples": len(images),
        "tau": universal.prepared(images.model, outcome.goal, images.x[0].numel()).tau,
        "steps": universal.attack.steps,
        "forwards": found.forwards / len(train),
        "backwards": found.backwards / len(train),
        **dict.fromkeys(UNKNOWN, float("nan")),
    }
    survives = survival_columns(outcome, images.model) if protocol.survival else {}
    return {**outcome.averages(), **facts, **survives}, outcome.rows()


def training_images(cell: Cell, protocol: Protocol) -> EvaluationSet:
    """X_t.

    Raises:
        ValueError: there are too few.
    """
    split = (protocol.training, cell.seed, "train", protocol.root, protocol.device)
    return evaluation_set(cell.dataset, cell.model, *split).leaving(cell.k)


def universal_of(cell: Cell, protocol: Protocol, **outer: Any) -> Universal:
    """The attack of a cell under the protocol; ``outer`` overrides settings of ``Universal``.

    Raises:
        ValueError: it has no untargeted case, or a setting is unknown or out of range.
    """
    method = Method.parse(cell.attack)
    inner = dict(method.settings)
    if method.takes_cooccurrence:
        inner.setdefault("cooccurrence", cooccurrence_on(cell.dataset, protocol.root))
    common = {"passes": protocol.passes, "seed": cell.seed, "tau": protocol.universal_radius}
    universal = load_universal(method.name, method.preset, inner, **{**common, **outer})
    if protocol.steps is None:
        return universal
    few = min(universal.attack.steps, protocol.steps)
    return replace(universal, attack=replace(universal.attack, steps=few))


def _within(universal: Universal, share: float, images: EvaluationSet) -> Universal:
    """The same in a share of its ball."""
    if share == 1:
        return universal
    goal = Goal.untargeted(images.true[:1], 1)
    whole = universal.prepared(images.model, goal, images.x[0].numel()).tau
    return replace(universal, tau=None if whole is None else share * whole)


def outcome_under(images: EvaluationSet, z: torch.Tensor, k: int) -> Outcome:
    """What z, on the CPU, does to all images; there are no curves, so that fluctuation is NaN."""
    nothing = torch.zeros(len(images))
    device = next(images.model.parameters()).device
    adversarial = inside_box(images.x + z)
    return Outcome(
        goal=replace(Goal.untargeted(images.true, k), case="universal"),
        x=images.x,
        index=images.index,
        curves=torch.full((2, len(images), 2), torch.nan),
        adversarial=adversarial,
        perturbation=adversarial - images.x,
        scores=scores_under(images.model, z.to(device), images.x.to(device)).float().cpu(),
        clean=images.clean,
        forwards=nothing,
        backwards=nothing,
        iterations=nothing.long(),
    )
