"""Gradients of many scores at once, and how constraints hang on scores: what the linearising attacks share.

One forward serves all labels, and a backward serves the whole batch. Only the rows that are asked for are computed.
"""

from __future__ import annotations

from masw_core.task.goals import Constraints

import torch
from torch import Tensor

SMALL = 2**16  # numbers in a batch of inputs below which all labels go back together, see score_gradients


def needed_labels(needed: Tensor) -> tuple[Tensor, Tensor]:
    """Indices of the True entries of (b, C), padded to the longest row.

    Returns:
        (b, r) label indices in ascending order, and (b, r) bool, False at padding. r is at least 1.
    """
    width = max(1, int(needed.sum(1).max())) if len(needed) else 1
    order = needed.to(torch.uint8).argsort(dim=1, descending=True, stable=True)[:, :width]
    return order, needed.gather(1, order)


def score_gradients(scores: Tensor, z: Tensor, labels: Tensor) -> Tensor:
    """d s_j / d z for chosen labels.

    A label is one backward of the whole batch. Small batches of small inputs, whose backward is bound by the number
    of operations, take all labels in one vectorised backward. On pictures that is the slower way on a CPU: vmap loses
    the memory format and repeats convolutions label by label (measured in benchmarks/results/attacks.md).

    Args:
        scores: (b, C), computed from z; row i of the scores may depend on row i of z only.
        z: (b, ...) leaf or intermediate that requires grad.
        labels: (b, r) label indices.

    Returns:
        (b, r, n) rows, n the numbers in one sample of z.
    """
    wanted = torch.zeros(labels.shape[1], *scores.shape, dtype=scores.dtype, device=scores.device)
    wanted.scatter_(2, labels.T[..., None], 1.0)
    if z.numel() <= SMALL:

        def backward(cotangent: Tensor) -> Tensor:
            return torch.autograd.grad(scores, z, cotangent)[0]

        return torch.func.vmap(backward)(wanted).flatten(2).transpose(0, 1)
    rows = torch.empty(len(z), len(wanted), *z.shape[1:], dtype=z.dtype, device=z.device)
    for index, cotangent in enumerate(wanted):
        rows[:, index] = torch.autograd.grad(scores, z, cotangent, retain_graph=True)[0]
    return rows.flatten(2)


def constraint_rows(scores: Tensor, constraints: Constraints) -> Tensor:
    """(b, m, C) d constraint / d score; the constraints must have been built from these ``scores``."""
    values = constraints.values
    rows = torch.eye(values.shape[1], dtype=values.dtype, device=values.device)
    rows = rows[:, None].expand(-1, len(values), -1)
    (slopes,) = torch.autograd.grad(values, scores, rows, is_grads_batched=True)
    return slopes.transpose(0, 1)
