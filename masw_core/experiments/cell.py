"""One cell of a table: an attack on the images of one data set, model, case, k and seed, measured.

Averages live in ``outcome``; which images there are in ``protocol``; what an attack may do in ``methods``.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from masw_core.attacks.base import PAPER_TAU
from masw_core.engine import run
from masw_core.experiments.columns import KEY
from masw_core.experiments.methods import Method
from masw_core.experiments.outcome import Outcome, follow
from masw_core.experiments.protocol import EvaluationSet, cooccurrence_on, evaluation_set
from masw_core.goals import Goal
from masw_core.models import MultiLabelModel
from masw_core.targets import make_goal
from masw_core.universal.config import PAPER_TAU as UNIVERSAL_PAPER_TAU

import torch

Row = dict[str, Any]


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
        tau: ``"recommended"``: what the model recommends for the case; ``"paper"``: 10 untargeted, 2 targeted, 100
            universal; or a number.
        training, passes: images that universal attacks work on, and how often they go over them.
    """

    samples: int = 100
    batch: int = 50
    steps: int | None = None
    split: str | None = None
    root: str | None = None
    device: str = "auto"
    stop: str = "success"
    tau: str = "recommended"
    training: int = 200
    passes: int = 5

    def __post_init__(self) -> None:
        for name in ("samples", "batch", "training", "passes"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} = {getattr(self, name)} is too few: choose at least 1.")
        if self.steps is not None and self.steps < 1:
            raise ValueError(f"steps = {self.steps} is too few: choose at least 1.")
        if self.tau not in ("recommended", "paper") and not _positive(self.tau):
            raise ValueError(f"tau = {self.tau!r} is unknown: choose recommended, paper or a positive number.")

    @property
    def universal_radius(self) -> float | None:
        """The L2 ball of universal attacks; None: what is recommended for the model."""
        if self.tau == "paper":
            return UNIVERSAL_PAPER_TAU
        return None if self.tau == "recommended" else float(self.tau)

    def radius(self, model: MultiLabelModel, case: str) -> float:
        """The L2 ball of a case."""
        paper = PAPER_TAU["untargeted" if case == "untargeted" else "targeted"]
        if self.tau == "paper":
            return paper
        return float(model.recommended_tau.get(case, paper)) if self.tau == "recommended" else float(self.tau)


def measure(cell: Cell, protocol: Protocol) -> tuple[Row, list[Row]]:
    """Run one cell.

    Returns:
        The row of the table (``COLUMNS``; rates in [0, 1], norms in units of [-1, 1] images, pert_table in 10^-2 and
        over successes only, as the paper's code has it; fluctuation of the attack's own Lagrangian, fluctuation_shared
        of the squared violation of the goal's constraints), and one row per image (``SAMPLE_COLUMNS``).

    Raises:
        ValueError: the attack cannot do the case, or no image can have such a goal.
    """
    method = Method.parse(cell.attack)
    if not method.supports(cell.case):
        raise ValueError(f"{cell.attack} cannot do the {cell.case} case: leave one of them out.")
    images = evaluation_set(
        cell.dataset, cell.model, protocol.samples, cell.seed, protocol.split, protocol.root, protocol.device
    )
    possible = images.leaving(cell.k)
    if not len(possible):
        raise ValueError(f"k = {cell.k} is impossible on {cell.dataset}: no image leaves {cell.k} other labels.")
    key = dict(zip(KEY, (cell.dataset, cell.model, cell.case, cell.k, cell.attack, cell.seed), strict=True))
    if cell.case == "universal":
        from masw_core.experiments.universal_cell import measure_universal as measured
    else:
        measured = _measure_per_image
    row, samples = measured(cell, protocol, possible)
    return {**key, **row}, [{**key, **sample} for sample in samples]


def _measure_per_image(cell: Cell, protocol: Protocol, images: EvaluationSet) -> tuple[Row, list[Row]]:
    """A perturbation for every image."""
    method = Method.parse(cell.attack)
    tau = protocol.radius(images.model, cell.case)
    correlation = cooccurrence_on(cell.dataset, protocol.root) if method.name == "tkalc" else None
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
    return {**outcome.averages(), **facts}, outcome.rows()


def goal_of(cell: Cell, images: EvaluationSet) -> Goal:
    """The goal of a cell on some of its images; random targets do not depend on the batch."""
    seeds = [cell.seed * 1_000_003 + int(index) for index in images.index]
    return make_goal(cell.case, images.true, cell.k, images.clean, seed=seeds)


def _positive(text: str) -> bool:
    try:
        return float(text) > 0
    except ValueError:
        return False
