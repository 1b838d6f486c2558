"""When an interactive run rests: some steps after its first success, when there is nothing new to see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from masw_core.trace.step import Step

STEPS = 20


@dataclass
class AfterSuccess:
    """Asked after every step of a run of one picture: True once, ``STEPS`` steps after its first success."""

    first: int | None = None

    def __call__(self, step: Step) -> bool:
        if self.first is None and bool(step.success[0]):
            self.first = step.index
        return self.first is not None and step.index >= self.first + STEPS
