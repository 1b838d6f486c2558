"""The dual of a least-norm problem with inequality rows, for a batch of small problems at once.

min ||r||^2 / 2 subject to A r >= b has r = A^T u with u >= 0 minimising u^T G u / 2 - b^T u, G = A A^T the m x m
Gram matrix. Solved by block principal pivoting (Judice & Pires 1994, with the backup rule that makes it finite):
guess which rows are active, solve for them, exchange the rows that turn out wrong.
"""

from __future__ import annotations

import torch
from torch import Tensor

PATIENCE = 3  # exchanges of all wrong rows that may fail to help before one row is exchanged at a time
TOLERANCE = 1e-10


def nonnegative_dual(gram: Tensor, bound: Tensor, mask: Tensor, damping: float = 1e-10) -> Tensor:
    """u >= 0 with G u >= b on the active rows and u (G u - b) = 0, per sample.

    Args:
        gram: (b, m, m) positive semi-definite.
        bound: (b, m).
        mask: (b, m) bool, rows that exist; u is 0 elsewhere.
        damping: added to the diagonal of the Gram matrix after its rows are scaled to length 1, so that parallel
            and contradicting rows give large but finite u.

    Returns:
        (b, m) float64 or the dtype of ``gram``.
    """
    lengths = gram.diagonal(dim1=1, dim2=2).clamp_min(0).sqrt()
    mask = mask & (lengths > 0)
    scale = torch.where(mask, 1 / lengths.clamp_min(1e-30), torch.zeros_like(lengths))
    gram = gram * scale[:, :, None] * scale[:, None, :]
    gram = gram + damping * torch.eye(gram.shape[1], dtype=gram.dtype, device=gram.device)
    bound = bound * scale
    margin = TOLERANCE * bound.abs().amax(1, keepdim=True)
    active = mask & (bound > 0)
    fewest = torch.full_like(bound[:, :1], bound.shape[1] + 1)
    patience = torch.full_like(fewest, PATIENCE)
    last = torch.arange(bound.shape[1], device=bound.device)
    for _ in range(5 * bound.shape[1] + 10):
        u = solve_rows(gram, bound, active)
        excess = (gram @ u[..., None])[..., 0] - bound
        wrong = torch.where(active, u < 0, mask & (excess < -margin))
        count = wrong.sum(1, keepdim=True).to(bound.dtype)
        if not bool(wrong.any()):
            return u * scale
        better = count < fewest
        patience = torch.where(better, torch.full_like(patience, PATIENCE), patience - 1)
        fewest = torch.minimum(count, fewest)
        highest = (last == torch.where(wrong, last, -1).amax(1, keepdim=True)) & wrong
        active = active ^ torch.where(patience >= 0, wrong, highest)
    return u.clamp_min(0) * scale


def solve_rows(gram: Tensor, bound: Tensor, rows: Tensor) -> Tensor:
    """(b, m) solution of G u = b restricted to ``rows`` (bool), 0 elsewhere."""
    both = rows[:, :, None] & rows[:, None, :]
    eye = torch.eye(gram.shape[1], dtype=gram.dtype, device=gram.device)
    system = torch.where(both, gram, eye * (~rows)[:, :, None])
    solution, _ = torch.linalg.solve_ex(system, (bound * rows)[..., None])
    return torch.nan_to_num(solution[..., 0], posinf=0.0, neginf=0.0)
