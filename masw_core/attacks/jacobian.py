"""Gradients of many scores at once, and how constraints hang on scores: what the linearising attacks share.

Rows are batched vector-Jacobian products: one backward for all samples and as many labels as fit, no loops over
samples or labels. Only the rows that are asked for are computed.
"""

from __future__ import annotations

from masw_core.goals import Constraints

import torch
from torch import Tensor

CHUNK = 2**22  # numbers of one batched backward's input gradient; larger requests are cut into pieces of rows


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

    Args:
        scores: (b, C), computed from z.
        z: (b, ...) leaf or intermediate that requires grad.
        labels: (b, r) label indices.

    Returns:
        (b, r, n) rows, n the numbers in one sample of z.
    """
    rows = torch.zeros(labels.shape[1], *scores.shape, dtype=scores.dtype, device=scores.device)
    rows.scatter_(2, labels.T[..., None], 1.0)
    pieces = rows.split(max(1, CHUNK // max(1, z.numel())))
    gradients = [
        torch.autograd.grad(scores, z, piece, is_grads_batched=True, retain_graph=index + 1 < len(pieces))[0]
        for index, piece in enumerate(pieces)
    ]
    return torch.cat(gradients).flatten(2).transpose(0, 1)


def constraint_rows(scores: Tensor, constraints: Constraints) -> Tensor:
    """(b, m, C) d constraint / d score; the constraints must have been built from these ``scores``."""
    values = constraints.values
    rows = torch.eye(values.shape[1], dtype=values.dtype, device=values.device)
    rows = rows[:, None].expand(-1, len(values), -1)
    (slopes,) = torch.autograd.grad(values, scores, rows, is_grads_batched=True)
    return slopes.transpose(0, 1)
