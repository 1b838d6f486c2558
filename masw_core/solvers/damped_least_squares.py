"""Damped least squares (Eqs. S.13-S.15) on the optimality system of MADW, three ways.

The system is Theorem 3's with its two gaps closed: R1 = grad Theta(z), the constraint of (18) and (21), and
R2 = H eta - z, its stationarity (22) with varsigma = 1, where Theta = 1/2 sum w_j slack_j^2 and
H = J^T D(w v) J - sum slack_j w_j Hess CT_j is its second derivative (v_j = 1 where slack_j > 0). Unknowns are z and
eta, both of the size of the image. (22) and (S.12) print the sum with the other sign; the proof of Theorem 3 has this
one. R2 alone, the ``"printed"`` system, is solved by z = eta = 0.

``Span``: where second derivatives of the constraints vanish (scores of ReLU networks, almost everywhere), everything
happens in the span of the score gradients and z, and the 2n x 2n problem falls apart into 2 x 2 problems. ``Exact``:
the full Jacobian, third derivatives included, for a handful of pixels. ``Scalar``: L = 1/2 ||R||^2 read as the
residual itself, as (S.13) is printed: J(L) is one row and Sherman-Morrison solves it.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

SINGULAR = 1e-10  # eigenvalues of the Gram matrix below this share of the largest count as zero


class Residual(Protocol):
    """The system at a point.

    Attributes:
        loss: (b,) L = 1/2 ||R||^2, Eq. S.12.
        gradient_norm: (b,) ||J^T R||, line 15.
    """

    loss: Tensor
    gradient_norm: Tensor

    def move(self, damping: Tensor) -> tuple[Tensor, Tensor]:
        """(b, n) each: the changes of z and eta by (S.15) for (b,) damping factors."""
        ...


class Span:
    """The system in the span of score gradients, without second derivatives of the scores.

    Args:
        rows: (b, r, n) gradients G of the scores that active constraints use.
        weight: (b, r, r) M such that H = G^T M G.
        pull: (b, r) q such that R1 = -G^T q.
        z, eta: (b, n).
        complete: whether R1 counts.
    """

    def __init__(self, rows: Tensor, weight: Tensor, pull: Tensor, z: Tensor, eta: Tensor, complete: bool) -> None:
        values, vectors = torch.linalg.eigh((rows @ rows.transpose(1, 2)).double())
        solid = values > SINGULAR * values.amax(1, keepdim=True).clamp_min(1e-30)
        root = torch.where(solid, values, 0.0).sqrt()
        side = root[:, :, None] * vectors.transpose(1, 2)  # score combinations -> orthonormal coordinates
        kappa, turn = torch.linalg.eigh(side @ weight.double() @ side.transpose(1, 2))
        inverse = torch.where(solid, 1 / root.clamp_min(1e-30), torch.zeros_like(root))
        # Rows of `basis` @ rows are orthonormal eigenvectors of H in the span, or zero.
        self._basis = (turn.transpose(1, 2) * inverse[:, None]) @ vectors.transpose(1, 2)
        self._rows = rows
        self._kappa = kappa.clamp_min(0)
        self._complete = complete
        inside_z, inside_eta = self._inside(z), self._inside(eta)
        # side @ q in the eigenvectors' coordinates, dropped with R1
        self._c = (turn.transpose(1, 2) @ side @ pull.double()[..., None])[..., 0] * float(complete)
        self._rho = self._kappa * inside_eta - inside_z
        self._outside = z - self._back(inside_z)
        far = self._outside.double().square().sum(1)
        self.loss = ((self._c.square() + self._rho.square()).sum(1) + far).to(z.dtype) / 2
        along_z, along_eta = self._descent()
        self.gradient_norm = ((along_z.square() + along_eta.square()).sum(1) + far).sqrt().to(z.dtype)

    def move(self, damping: Tensor) -> tuple[Tensor, Tensor]:
        along_z, along_eta = self._descent()
        lift = damping.double()[:, None]
        first = self._kappa.square() * float(self._complete) + 1 + lift
        second = self._kappa.square() + lift
        determinant = first * second - self._kappa.square()
        a = (second * along_z + self._kappa * along_eta) / determinant
        b = (self._kappa * along_z + first * along_eta) / determinant
        return self._back(a) - self._outside / (1 + damping)[:, None], self._back(b)

    def _descent(self) -> tuple[Tensor, Tensor]:
        """-J^T R inside the span, for z and eta."""
        return self._kappa * self._c + self._rho, -self._kappa * self._rho

    def _inside(self, vector: Tensor) -> Tensor:
        return (self._basis @ (self._rows @ vector[..., None]).double())[..., 0]

    def _back(self, coordinates: Tensor) -> Tensor:
        return ((coordinates[:, None] @ self._basis).to(self._rows.dtype) @ self._rows)[:, 0]


class Exact:
    """The system with all derivatives, by the dense Jacobian. ``residual`` (b, N) depends on z and eta."""

    def __init__(self, residual: Tensor, z: Tensor, eta: Tensor) -> None:
        count = residual.shape[1]
        each = torch.eye(count, dtype=z.dtype, device=z.device)[:, None].expand(-1, len(z), -1)
        slopes = torch.autograd.grad(
            residual, (z, eta), each, is_grads_batched=True, allow_unused=True, materialize_grads=True
        )
        jacobian = torch.cat([slope.flatten(2) for slope in slopes], 2).transpose(0, 1)
        residual = residual.detach()
        self._normal = jacobian.transpose(1, 2) @ jacobian
        self._descent = -(jacobian.transpose(1, 2) @ residual[..., None])
        self.loss = residual.square().sum(1) / 2
        self.gradient_norm = self._descent[..., 0].norm(dim=1)

    def move(self, damping: Tensor) -> tuple[Tensor, Tensor]:
        eye = torch.eye(self._normal.shape[1], dtype=self._normal.dtype, device=self._normal.device)
        change, _ = torch.linalg.solve_ex(self._normal + damping[:, None, None] * eye, self._descent)
        z, eta = torch.nan_to_num(change[..., 0]).chunk(2, dim=1)
        return z, eta


class Scalar:
    """L itself as the residual: (g g^T + damping I)^-1 g L = g L / (damping + ||g||^2)."""

    def __init__(self, residual: Tensor, z: Tensor, eta: Tensor) -> None:
        loss = residual.square().sum(1) / 2
        slopes = torch.autograd.grad(loss.sum(), (z, eta), allow_unused=True, materialize_grads=True)
        self._slopes = [slope.flatten(1) for slope in slopes]
        self.loss = loss.detach()
        self.gradient_norm = torch.cat(self._slopes, 1).norm(dim=1)

    def move(self, damping: Tensor) -> tuple[Tensor, Tensor]:
        length = self.loss / (damping + self.gradient_norm.square()).clamp_min(1e-30)
        z, eta = (-length[:, None] * slope for slope in self._slopes)
        return z, eta


def full_residual(theta: Tensor, z: Tensor, eta: Tensor, complete: bool) -> Tensor:
    """(b, 2n) R1 and R2, or (b, n) R2 alone, differentiable; ``theta`` (b,) must depend on z, eta must need grad."""
    (slope,) = torch.autograd.grad(theta.sum(), z, create_graph=True)
    (curved,) = torch.autograd.grad((slope * eta).sum(), z, create_graph=True, materialize_grads=True)
    stationarity = (curved - z).flatten(1)
    return torch.cat([slope.flatten(1), stationarity], 1) if complete else stationarity
