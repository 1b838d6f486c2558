"""Drains a universal attack to its end and says what came out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from masw_core.universal.config import Universal
from masw_core.universal.driver import iterate_universal
from masw_core.universal.step import PassRow, UniversalStep

from torch import Tensor, nn


@dataclass(frozen=True)
class UniversalResult:
    """What ``run_universal`` returns.

    Attributes:
        perturbation: z of the best pass (highest ASR, then SASR, then LFR), of the shape of one sample.
        history: a row per pass; row 0 is the clean samples.
        best_pass: the pass whose z this is.
        ended: ``"passes"``, ``"patience"`` or ``"rate"``.
        forwards, backwards: batched model calls in all.
    """

    perturbation: Tensor
    history: tuple[PassRow, ...]
    best_pass: int
    ended: str
    forwards: int
    backwards: int

    @classmethod
    def of(cls, step: UniversalStep) -> UniversalResult:
        """The result of a run that has come to this step; ``ended`` is ``"stopped"`` if it was not the last."""
        ended = step.ended or "stopped"
        return cls(step.best, step.history, step.best_pass, ended, step.forwards, step.backwards)


def run_universal(
    universal: Universal,
    model: nn.Module,
    x: Tensor,
    true: Tensor,
    k: int,
    resume: UniversalStep | None = None,
    on_step: Callable[[UniversalStep], None] | None = None,
) -> UniversalResult:
    """Look for a universal perturbation until it ends; arguments and errors as for ``iterate_universal``.

    Args:
        on_step: called with every step, for progress bars and checkpoints.
    """
    step = resume
    for step in iterate_universal(universal, model, x, true, k, resume):
        if on_step is not None:
            on_step(step)
    assert step is not None
    return UniversalResult.of(step)


def history_csv(history: tuple[PassRow, ...]) -> str:
    """A line per pass."""
    names = ["number", "asr", "sasr", "lfr", "norm", "skipped", "forwards", "backwards"]
    lines = [",".join(["pass", *names[1:]])]
    for row in history:
        values = (getattr(row, name) for name in names)
        lines.append(",".join(f"{value:.6g}" if isinstance(value, float) else str(value) for value in values))
    return "\n".join(lines) + "\n"
