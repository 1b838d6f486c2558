"""What a run computes, said as data, so that it can be computed here or in another process.

A recipe names its model and holds settings and tensors, never a function: the same recipe gives the same steps, to the
last bit, wherever it is followed. Each room that has runs of its own adds its recipe beside them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from masw_core.attacks.base import Attack
from masw_core.engine.loop import Prepared, iterate
from masw_core.task.goals import Goal
from masw_core.trace.step import Step

import torch
from torch import Tensor


@dataclass(frozen=True)
class Recipe(ABC):
    """A run that has not begun.

    Attributes:
        model: a name that ``load_model`` knows.
    """

    model: str

    @abstractmethod
    def steps(self, model: Any) -> Iterator[Any]:
        """The steps, computed one by one as they are asked for.

        Args:
            model: what ``load_model`` gives for the name.
        """


@dataclass(frozen=True)
class AttackRecipe(Recipe):
    """One attack, see ``iterate``.

    Attributes:
        attack: as it was asked for; what depends on the model is filled in when it runs.
        x, goal, stop: as for ``iterate``, on the CPU.
        seed: of random starts.
    """

    attack: Attack
    x: Tensor
    goal: Goal
    stop: str = "never"
    seed: int = 0

    @classmethod
    def of(cls, ready: Prepared, model: str, seed: int) -> Self:
        """The recipe of a run that has passed every check."""
        return cls(model, ready.asked, ready.x.cpu(), ready.goal.to("cpu"), ready.stop, seed)

    def steps(self, model: Any) -> Iterator[Step]:
        torch.manual_seed(self.seed)
        yield from iterate(self.attack, model, self.x, self.goal, self.stop)
