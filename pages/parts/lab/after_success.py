"""When an interactive run rests: some steps after its first success, when there is nothing new to see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from masw_core.trace.step import Step

STEPS = 20


@dataclass
class AfterSuccess:
    """Asked after every step of a run of one picture: True from ``STEPS`` steps after its first success on.

    Attributes:
        earliest: the run rests at no step before this one.
        first: the step of its first success, once there was one.
    """

    earliest: int = 0
    first: int | None = None

    def __call__(self, step: Step) -> bool:
        if self.first is None and bool(step.success[0]):
            self.first = step.index
        return self.first is not None and step.index >= max(self.first + STEPS, self.earliest)
