"""One cell of a table: an attack on the images of one data set, model, case, k and seed, measured.

Averages live in ``outcome``; which images there are in ``protocol``; what an attack may do in ``methods``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from masw_core.attacks.base import PAPER_TAU
from masw_core.benchmark.columns import KEY, key_of
from masw_core.models import MultiLabelModel
from masw_core.universal.config import PAPER_TAU as UNIVERSAL_PAPER_TAU

Row = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """What is measured; ``tau_share`` is the share of the protocol's radius that the attack may use."""

    dataset: str
    model: str
    case: str
    k: int
    attack: str
    seed: int
    tau_share: float = 1.0

    @property
    def columns(self) -> Row:
        """The key columns of its rows."""
        return {name: getattr(self, name) for name in KEY}

    @property
    def key(self) -> tuple[str, ...]:
        return key_of(self.columns)


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
        survival: also measure what share of the successes survives each degradation (``SURVIVES``).
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
    survival: bool = False

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

    def radius(self, model: MultiLabelModel, case: str, share: float = 1.0) -> float:
        """The L2 ball of a case, or a share of it."""
        paper = PAPER_TAU["untargeted" if case == "untargeted" else "targeted"]
        if self.tau == "paper":
            return share * paper
        return share * float(model.recommended_tau.get(case, paper) if self.tau == "recommended" else self.tau)


def _positive(text: str) -> bool:
    try:
        return float(text) > 0
    except ValueError:
        return False
