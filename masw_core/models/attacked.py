"""A model as attacks need it: for images in [-1, 1], counted, and frozen in evaluation mode during a step."""

from __future__ import annotations

from types import TracebackType
from typing import TypeVar

from masw_core.task.ranges import SIGNED, range_of

from torch import Tensor, nn

AnyModel = TypeVar("AnyModel", bound=nn.Module)


def signed(model: AnyModel) -> AnyModel:
    """The model for images in [-1, 1]: itself, or the same network as a model of that range."""
    return model if range_of(model) == SIGNED else model.with_range(SIGNED)  # type: ignore[operator]


def require_signed(model: nn.Module) -> None:
    """Raise ``ValueError`` for a model of [0, 1] images, where images and a perturbation in [-1, 1] are worked on."""
    if range_of(model) != SIGNED:
        raise ValueError("This works on images in [-1, 1]: give model.with_range((-1, 1)) and images scaled to it.")


class CountedModel:
    """A model that counts its batched forwards and the backwards through its scores."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.forwards = 0
        self.backwards = 0

    def __call__(self, x: Tensor) -> Tensor:
        self.forwards += 1
        scores: Tensor = self.model(x)
        if scores.requires_grad:
            scores.register_hook(self._count_backward)
        return scores

    def _count_backward(self, gradient: Tensor) -> None:
        self.backwards += 1


class Frozen:
    """``with`` it, the model is in eval mode with frozen parameters; afterwards it is exactly as it was.

    What has to change is looked up once, so that entering costs nothing for a model that is still anyway.
    """

    def __init__(self, model: nn.Module) -> None:
        self.training = [module for module in model.modules() if module.training]
        self.learning = [parameter for parameter in model.parameters() if parameter.requires_grad]

    def __enter__(self) -> None:
        self._set(False)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._set(True)

    def _set(self, on: bool) -> None:
        for module in self.training:
            module.training = on
        for parameter in self.learning:
            parameter.requires_grad_(on)
