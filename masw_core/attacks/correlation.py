"""Correlation-weighted TkML, a reconstruction in the spirit of TkALC (Ma et al., ICIP 2023).

Neither text nor code of TkALC was available; all that is known is that it applies label correlation to TkML and
others. Numbers of this attack must never be quoted as TkALC's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from masw_core.attacks.base import Evaluation, LossAttack, State
from masw_core.attacks.registry import PaperRow, register
from masw_core.attacks.tkml import targeted_loss
from masw_core.settings import require
from masw_core.task.goals import Goal

import torch
from torch import Tensor

Matrix = tuple[tuple[float, ...], ...]


@register(
    "tkalc",
    title="Correlation-weighted TkML (after TkALC)",
    family="ranking loss",
    paper="after Ma et al., ICIP 2023, of which neither text nor code was available",
    cases=("untargeted", "targeted"),
    fidelity="reconstruction",
    summary="TkML that prefers to raise labels which rarely occur with the true ones; a labelled reconstruction.",
    in_paper=PaperRow(12, ("untargeted", "universal", "targeted")),
)
@dataclass(frozen=True)
class TkALC(LossAttack):
    """TkML with label correlation, untargeted and targeted, on logits. Distance: L2.

    Untargeted: max over Y of s minus a weighted mean of the C-k smallest s, weight 1 - max over y in Y of A[y, j].
    Targeted: TkML's loss plus ``pull`` times sum over t in Y_t and j not in Y of A[t, j] relu(0.5 - p_j): labels
    that go with the targets are switched on with them.

    Attributes:
        cooccurrence: C x C nested tuples, ``A[i][j] = P(j | i)`` in [0, 1], from ``cooccurrence``; None: no
            correlation is known (uniform), which leaves exactly TkML.
        pull: how much correlated labels count (targeted).

    Deviates from the paper: unknown, see the module. Deviates from public code: there is none.
    """

    cooccurrence: Matrix | None = None
    pull: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.pull >= 0, f"pull = {self.pull} must not be negative.")
        if self.cooccurrence is not None:
            try:
                square = all(len(row) == len(self.cooccurrence) for row in self.cooccurrence)
                fits = square and all(0 <= value <= 1 for row in self.cooccurrence for value in row)
            except TypeError:
                raise ValueError("cooccurrence must be rows of probabilities, one row per label.") from None
            require(square, "cooccurrence must be as wide as it is high: one row and one column per label.")
            require(fits, "cooccurrence must hold probabilities between 0 and 1.")

    def prepared(self, model: Any, goal: Goal) -> Self:
        labels = goal.true.shape[1]
        if self.cooccurrence is not None:
            require(
                len(self.cooccurrence) == labels,
                f"cooccurrence has {len(self.cooccurrence)} rows but the model has {labels} labels.",
            )
        return super().prepared(model, goal)

    def evaluate(self, state: State, scores: Tensor, goal: Goal) -> Evaluation:
        matrix = _matrix(self.cooccurrence, scores)
        if goal.is_targeted:
            loss = targeted_loss(scores, goal) + self.pull * correlated_hinge(scores, goal, matrix)
        else:
            loss = weighted_loss(scores, goal, matrix)
        return Evaluation.of_loss(state, scores, goal, loss)


def cooccurrence(present: Tensor) -> Matrix:
    """``A[i][j] = P(j | i)`` from a data set's labels, (N, C) bool; 0 on the diagonal and for labels never seen."""
    counts = present.double().T @ present.double()
    matrix = counts / counts.diagonal().clamp_min(1)[:, None]
    matrix.fill_diagonal_(0.0)
    return tuple(tuple(row) for row in matrix.tolist())


def weighted_loss(scores: Tensor, goal: Goal, matrix: Tensor) -> Tensor:
    """(B,) max over Y of s minus the weighted mean of the C-k smallest s; with equal weights TkML's loss."""
    highest = scores.masked_fill(~goal.true, -1e30).amax(1)
    some = goal.true.any(1)
    related = (matrix * goal.true[:, :, None]).amax(1)  # (B, C) max over y in Y of A[y, j]
    smallest = scores.topk(scores.shape[1] - goal.k, dim=1, largest=False)
    weights = (1 - related).gather(1, smallest.indices) + 1e-6  # a sum of 0 when everything co-occurs
    mean = (weights * smallest.values).sum(1) / weights.sum(1)
    return highest.where(some, highest.new_zeros(())) - mean


def correlated_hinge(scores: Tensor, goal: Goal, matrix: Tensor) -> Tensor:
    """(B,) sum over t in Y_t and j not in Y of A[t, j] relu(0.5 - p_j)."""
    assert goal.target is not None
    pull = (matrix * goal.target[:, :, None]).sum(1) * ~goal.true
    return (pull * (0.5 - scores.sigmoid()).clamp_min(0)).sum(1)


def _matrix(values: Matrix | None, scores: Tensor) -> Tensor:
    if values is None:
        return scores.new_zeros(scores.shape[1], scores.shape[1])
    return torch.tensor(values, dtype=scores.dtype, device=scores.device)
