"""The multi-layer perceptron of the 2-D problems and its training.

Two hidden layers of tanh units: smooth, so that no gradient of a label vanishes inside the box. Training is full
batch, seeded and deterministic; a problem takes about a second on one core.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

WIDTH = 24
STEPS = 300
RATE = 0.03
DECAY = 0.1  # keeps logits within about +-10, so that sigmoids and their gradients stay alive


class ToyModel(nn.Module):
    """(B, 2) points of a box to (B, C) logits.

    Attributes:
        box: lowest and highest point, two (2,) tensors; the engine keeps attacks inside.
        labels: C names. name: for traces. recommended_tau: a radius per case that reaches most of the box.
    """

    low: Tensor
    high: Tensor
    centre: Tensor

    def __init__(self, labels: Sequence[str], box: tuple[Sequence[float], Sequence[float]], name: str = "toy") -> None:
        super().__init__()
        self.name = name
        self.labels = tuple(labels)
        self.register_buffer("low", torch.tensor(box[0]), persistent=False)
        self.register_buffer("high", torch.tensor(box[1]), persistent=False)
        self.register_buffer("centre", (self.low + self.high) / 2, persistent=False)
        reach = float((self.high - self.low).norm()) / 2
        self.recommended_tau = dict.fromkeys(("untargeted", "best", "random", "worst"), reach)
        self.first = nn.Linear(2, WIDTH)
        self.second = nn.Linear(WIDTH, WIDTH)
        self.last = nn.Linear(WIDTH, len(self.labels))

    @property
    def box(self) -> tuple[Tensor, Tensor]:
        return self.low, self.high

    def forward(self, points: Tensor) -> Tensor:
        hidden = torch.tanh(F.linear(points - self.centre, self.first.weight, self.first.bias))
        hidden = torch.tanh(F.linear(hidden, self.second.weight, self.second.bias))
        return F.linear(hidden, self.last.weight, self.last.bias)

    def start_over(self, seed: int) -> None:
        """Fresh weights from a seed, independent of torch's global generator."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for layer, gain in ((self.first, 1.5), (self.second, 1.0), (self.last, 1.0)):
                weight = torch.randn(layer.weight.shape, generator=generator)
                layer.weight.copy_(weight * gain / layer.in_features**0.5)
                layer.bias.zero_()


def fit(model: ToyModel, points: Tensor, confidence: Tensor, seed: int = 0, steps: int = STEPS) -> ToyModel:
    """Train ``model`` in place on (n, 2) points and (n, C) wanted confidences in [0, 1]; returns it frozen.

    AdamW under a one-cycle schedule, written out: the first use of ``torch.optim`` imports the compiler, which
    takes longer than the whole training.
    """
    model.start_over(seed)
    parameters = [parameter.requires_grad_(True) for parameter in model.parameters()]
    first, second = ([torch.zeros_like(parameter) for parameter in parameters] for _ in range(2))
    for step in range(1, steps + 1):
        rate = _one_cycle(step / steps)
        with torch.enable_grad():
            loss = F.binary_cross_entropy_with_logits(model(points), confidence)
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for weight, gradient, mean, square in zip(parameters, gradients, first, second, strict=True):
                mean.lerp_(gradient, 0.1)
                square.lerp_(gradient.square(), 0.001)
                scale = (square / (1 - 0.999**step)).sqrt_().add_(1e-8)
                weight.mul_(1 - rate * DECAY).addcdiv_(mean, scale, value=-rate / (1 - 0.9**step))
    return model.eval().requires_grad_(False)


def _one_cycle(share: float) -> float:
    """The learning rate after a share of the training: up along a cosine for the first third, then down."""
    rising = share < 0.3
    phase = share / 0.3 if rising else (1 - share) / 0.7
    return RATE * (0.04 + 0.96 * (1 - math.cos(math.pi * phase)) / 2)
