"""A model as attacks need it: counted, and still (evaluation mode, frozen parameters) while a step is computed."""

from __future__ import annotations

from types import TracebackType

from torch import Tensor, nn


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
