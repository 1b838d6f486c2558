"""Where a perturbation may go: the L2 ball of radius tau and the box of valid images; norms per sample."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

Bounds = tuple[float | Tensor, float | Tensor]
IMAGE_BOX: Bounds = (-1.0, 1.0)  # Eq. 7


def per_sample(values: Tensor, like: Tensor) -> Tensor:
    """(B,) values shaped to broadcast over (B, ...) tensors."""
    return values.view(-1, *[1] * (like.dim() - 1))


def l2_norm(z: Tensor) -> Tensor:
    """(B,) L2 norm of each sample."""
    return torch.linalg.vector_norm(z, dim=tuple(range(1, z.dim())))


def unit(gradient: Tensor) -> Tensor:
    """Each sample scaled to L2 norm 1; an all-zero sample stays zero (no NaN)."""
    norm = l2_norm(gradient)
    return gradient * per_sample(torch.where(norm > 0, 1 / norm.clamp_min(1e-30), torch.zeros_like(norm)), gradient)


def project_ball(z: Tensor, tau: float) -> Tensor:
    """P_tau: samples outside the L2 ball are scaled back onto it; tau may be infinite."""
    if tau == float("inf"):
        return z
    scale = (tau / l2_norm(z)).clamp_max(1.0)  # 1 for a perturbation of length 0, since tau / 0 is infinite
    return z * per_sample(scale, z)


def inside_box(x: Tensor, box: Bounds = IMAGE_BOX) -> Tensor:
    """x clamped to the box."""
    low, high = box
    return x.clamp(low, high)  # type: ignore[arg-type]


@dataclass(frozen=True)
class FeasibleSet:
    """Where the perturbations of some samples may go, worked out once for a whole run.

    Attributes:
        tau: L2 radius, may be infinite.
        low, high: (B, ...) how far every coordinate may move before it leaves the box.
    """

    tau: float
    low: Tensor
    high: Tensor

    @classmethod
    def around(cls, x: Tensor, tau: float, box: Bounds = IMAGE_BOX) -> FeasibleSet:
        low, high = box
        return cls(tau, low - x, high - x)

    def __getitem__(self, rows: Tensor) -> FeasibleSet:
        return FeasibleSet(self.tau, self.low[rows], self.high[rows])

    def project(self, z: Tensor) -> Tensor:
        """The ball first, then the box; clamping only shrinks coordinates, so both hold afterwards."""
        inside = project_ball(z, self.tau)
        return inside.clamp(self.low, self.high) if inside is z else inside.clamp_(self.low, self.high)


def project(z: Tensor, x: Tensor, tau: float, box: Bounds = IMAGE_BOX) -> Tensor:
    """Perturbations z moved into the ball of radius ``tau`` and the box around x.

    Args:
        z: (B, ...) perturbations.
        x: (B, ...) clean inputs inside ``box``.
        tau: L2 radius in the units of x.
        box: lowest and highest valid input, floats or tensors that broadcast against one sample.
    """
    return FeasibleSet.around(x, tau, box).project(z)
