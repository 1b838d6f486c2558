"""What a run computes, so that it can be computed here or in another process: a function, a model's name, arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn


@dataclass(frozen=True)
class Call:
    """A call that gives steps.

    Attributes:
        function: of a module, such as ``iterate``; its argument ``model`` is filled in where it runs.
        model: a name that ``load_model`` knows.
        arguments: the others.
    """

    function: Callable[..., Iterator[Any]]
    model: str
    arguments: Mapping[str, Any]

    def steps(self, model: nn.Module) -> Iterator[Any]:
        """The steps, with the loaded model."""
        return self.function(model=model, **self.arguments)
