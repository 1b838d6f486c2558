"""Where a universal attack stands after a batch: all that is needed to show it, to save it and to go on."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class PassRow:
    """What a pass reached on the training samples; pass 0 is the clean images.

    Attributes:
        number: 0, 1, 2, ...
        asr, sasr, lfr: rates in [0, 1] of all training samples at the end of the pass.
        norm: L2 norm of z.
        skipped: share of the samples that were fooled already when their turn came.
        forwards, backwards: batched model calls since the start.
    """

    number: int
    asr: float
    sasr: float
    lfr: float
    norm: float
    skipped: float
    forwards: int
    backwards: int

    @property
    def key(self) -> tuple[float, float, float]:
        """How passes are ranked: by ASR, then SASR, then LFR."""
        return self.asr, self.sasr, self.lfr


@dataclass(frozen=True)
class UniversalStep:
    """The state after a batch.

    Attributes:
        perturbation: z, of the shape of one sample.
        best: z of the best pass so far; during the first pass z itself.
        number: the pass under way or just ended; 0 before the first.
        seen: how many samples have had their turn in this pass.
        skipped: how many of them were fooled already.
        samples: N.
        history: a row per finished pass, the clean images first.
        forwards, backwards: batched model calls so far.
        ended: None, or why there is no next step: ``"passes"``, ``"patience"`` or ``"rate"``.
    """

    perturbation: Tensor
    best: Tensor
    number: int
    seen: int
    skipped: int
    samples: int
    history: tuple[PassRow, ...]
    forwards: int = 0
    backwards: int = 0
    ended: str | None = None

    @property
    def pass_ended(self) -> bool:
        """Whether this step closes its pass, so that ``history[-1]`` belongs to it."""
        return self.history[-1].number == self.number

    @property
    def skipped_share(self) -> float:
        """Share of the samples seen in this pass that z fooled before their turn; 0 before the first."""
        return self.skipped / max(self.seen, 1)

    @property
    def norm(self) -> float:
        """L2 norm of z."""
        return float(self.perturbation.norm())

    @property
    def best_pass(self) -> int:
        """See ``best_of``."""
        return best_of(self.history)

    def cpu(self) -> UniversalStep:
        return self.to("cpu")

    def to(self, device: torch.device | str) -> UniversalStep:
        moved: dict[str, Any] = {
            field.name: value.to(device)
            for field in fields(self)
            if isinstance(value := getattr(self, field.name), Tensor)
        }
        return replace(self, **moved)


def best_of(history: tuple[PassRow, ...]) -> int:
    """The pass with the highest ASR, then SASR, then LFR, the earliest of equals; 0 if none has ended."""
    rows = history[1:]
    return max(rows, key=lambda row: row.key).number if rows else 0


def stalled(history: tuple[PassRow, ...]) -> int:
    """For how many passes neither SASR nor LFR has risen: what patience E is compared with."""
    return min(passes_without_gain([getattr(row, rate) for row in history]) for rate in ("sasr", "lfr"))


def passes_without_gain(values: list[float]) -> int:
    """How many values have come since the highest one; an equal value is no gain."""
    return len(values) - 1 - max(range(len(values)), key=lambda i: (values[i], -i))
