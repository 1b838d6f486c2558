"""The small network that most tests attack."""

from __future__ import annotations

import torch


class SmallTagger(torch.nn.Module):
    """Float64 network on (3, 6, 6) images with 8 labels: smooth, quick, and attackable within norm 2."""

    labels = tuple("abcdefgh")

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.hidden = torch.nn.Linear(108, 32).double()
        self.out = torch.nn.Linear(32, 8).double()
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=generator, dtype=torch.float64) * 0.25)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(torch.tanh(self.hidden(x.flatten(1))))
