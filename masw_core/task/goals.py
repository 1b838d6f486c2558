"""What an attack wants: a goal owns the success test and the differentiable constraints of the task.

Untargeted (Eqs. 8 and 10-11): every true label leaves the top k and drops below the threshold. Targeted
(Eq. 13, with f_[k] where the paper prints f_[k+1] for the targets): the top k become exactly the target set and
the true labels drop below the threshold. With ``keep`` the irrelevant labels also stay on their side of the
threshold (Eq. S.4, sides taken from the clean image). Slack, weights and optimisation do not live here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple

from masw_core.task.constraint_values import ConstraintValues, Reference
from masw_core.task.multi_hot import multi_hot

import torch
from torch import Tensor

CASES = ("untargeted", "best", "random", "worst")
Space = Literal["logit", "probability"]  # the scale in which scores are seen; its threshold is 0 or 0.5


class Constraints(NamedTuple):
    """Signed constraint values, one column per (family, label); satisfied means ``values >= 0``.

    Attributes:
        values: (B, m) signed distances, in the units of the scores.
        mask: (B, m) bool; False where the column is no constraint of that sample.
        family: m names, ``"rank"``, ``"flip"`` or ``"keep"``.
        label: m label indices.
    """

    values: Tensor
    mask: Tensor
    family: tuple[str, ...]
    label: tuple[int, ...]


@dataclass(frozen=True)
class Goal:
    """The task of one batch. Build it with ``untargeted`` or ``targeted``.

    Attributes:
        true: (B, C) bool, the ground-truth labels Y.
        k: how many of the highest scores count.
        target: (B, C) bool, the target labels Y_t (exactly k per row), or None when untargeted.
        keep: (B, C) bool, labels whose prediction should not flip (Eq. S.4), or None.
        keep_on: (B, C) bool, the kept labels that are on in the clean image (B_1); the engine fills it in.
        case: ``"untargeted"``, ``"targeted"``, or how targets were chosen: ``"best"``, ``"random"``, ``"worst"``.
    """

    true: Tensor
    k: int
    target: Tensor | None = None
    keep: Tensor | None = None
    keep_on: Tensor | None = None
    case: str = "untargeted"

    @classmethod
    def untargeted(cls, true: Tensor, k: int) -> Goal:
        """No true label in the top k.

        Raises:
            ValueError: ``true`` is not a (B, C) mask, or k does not leave room for k other labels.
        """
        true = multi_hot("true", true)
        _check_k(k, true)
        return cls(true=true, k=k)

    @classmethod
    def targeted(cls, true: Tensor, target: Tensor, k: int, keep: Tensor | None = None, case: str = "targeted") -> Goal:
        """The top k are exactly ``target``; optionally the labels in ``keep`` do not flip.

        Raises:
            ValueError: shapes differ, a row has not exactly k targets, or targets overlap the true labels.
        """
        true, target = multi_hot("true", true), multi_hot("target", target)
        if target.shape != true.shape:
            raise ValueError(
                f"target has shape {tuple(target.shape)} but true has {tuple(true.shape)}: give both as (B, C)."
            )
        _check_k(k, true)
        counts = target.sum(1)
        if bool((counts != k).any()):
            wrong = int(counts[counts != k][0])
            raise ValueError(f"A top-{k} targeted goal needs exactly {k} target labels per image, not {wrong}.")
        if bool((target & true).any()):
            raise ValueError("A target label is also a true label: choose targets outside the true labels.")
        if keep is not None:
            keep = multi_hot("keep", keep)
            if keep.shape != true.shape:
                raise ValueError(f"keep has shape {tuple(keep.shape)} but true has {tuple(true.shape)}.")
            if bool((keep & (true | target)).any()):
                raise ValueError("keep may only name labels that are neither true nor target labels.")
        return cls(true=true, k=k, target=target, keep=keep, case=case)

    @property
    def is_targeted(self) -> bool:
        return self.target is not None

    @property
    def irrelevant(self) -> Tensor:
        """(B, C) bool: labels that are neither true nor target, the set B of Eq. 3."""
        return ~self.true if self.target is None else ~(self.true | self.target)

    def __len__(self) -> int:
        return len(self.true)

    def __getitem__(self, rows: Tensor | slice) -> Goal:
        """The same goal for some rows of the batch (a mask, indices or a slice)."""

        def pick(value: Tensor | None) -> Tensor | None:
            return None if value is None else value[rows]

        return replace(
            self,
            true=self.true[rows],
            target=pick(self.target),
            keep=pick(self.keep),
            keep_on=pick(self.keep_on),
        )

    def to(self, device: torch.device | str) -> Goal:
        def move(value: Tensor | None) -> Tensor | None:
            return None if value is None else value.to(device)

        return replace(
            self,
            true=self.true.to(device),
            target=move(self.target),
            keep=move(self.keep),
            keep_on=move(self.keep_on),
        )

    def bound_to(self, clean_scores: Tensor, threshold: float = 0.0) -> Goal:
        """The goal with the sides of its kept labels read off the clean scores (B_0 and B_1 of Eq. S.4)."""
        return self if self.keep is None else replace(self, keep_on=clean_scores >= threshold)

    def constraints(self, scores: Tensor, threshold: float = 0.0, reference: Reference = "flow") -> Constraints:
        """All constraints of the task at these scores, differentiable with respect to them.

        Args:
            scores: (B, C) logits (threshold 0) or probabilities (threshold 0.5).
            threshold: the score at which a label counts as predicted.
            reference: where the gradient of the moving reference score f_[k+1] (or f_[k]) goes. ``"flow"``: to the
                one label that has this rank now, as the equations say; ``"hold"``: nowhere; ``"spread"``: in equal
                parts to all the labels that have to end up on the other side, which is who must pass in the end.
                ``"lagging"``: to those of them that are still on the wrong side. The values are the same in all.

        Returns:
            C rank columns, C flip columns and, with ``keep``, C keep columns; masked per sample.
        """
        if self.keep is not None and self.keep_on is None:
            raise ValueError("The sides of the kept labels are unknown: call goal.bound_to(clean_scores).")
        values: Tensor = ConstraintValues.apply(scores, self, threshold, reference)
        return Constraints(values, self._mask, *_columns(self._families, self.true.shape[1]))

    @cached_property
    def _families(self) -> tuple[str, ...]:
        return ("rank", "flip") if self.keep is None else ("rank", "flip", "keep")

    @cached_property
    def _mask(self) -> Tensor:
        """(B, m) bool, which columns are constraints."""
        ranked = self.true if self.target is None else torch.ones_like(self.true)
        return torch.cat([ranked, self.true] if self.keep is None else [ranked, self.true, self.keep], 1)

    @cached_property
    def leaving(self) -> Tensor:
        """(B, C) bool: labels that have to end outside the top k."""
        return self.true if self.target is None else ~self.target

    @cached_property
    def staying(self) -> Tensor:
        """(B, C) bool: labels that may be in the top k when the goal is reached."""
        return ~self.leaving

    def success(self, scores: Tensor) -> Tensor:
        """(B,) bool: no true label in the top k, or the top k are exactly the targets.

        A tie at the boundary counts as failure, so the answer never depends on the order of the labels.
        """
        return self.clearance(scores) > 0

    def clearance(self, scores: Tensor) -> Tensor:
        """(B,) by how much the lowest of the scores that belong into the top k exceeds all that do not."""
        lowest = scores.masked_fill(self.leaving, -torch.inf).topk(self.k, dim=1).values[:, -1]
        return lowest - scores.masked_fill(self.staying, -torch.inf).amax(1)


def seen_in(space: Space, scores: Tensor) -> tuple[Tensor, float]:
    """Logits as constraints see them in a space, and the threshold there: probabilities and 0.5, or logits and 0."""
    return (scores.sigmoid(), 0.5) if space == "probability" else (scores, 0.0)


@lru_cache(maxsize=32)
def _columns(families: tuple[str, ...], classes: int) -> tuple[tuple[str, ...], tuple[int, ...]]:
    labels = range(classes)
    return (
        tuple(family for family in families for _ in labels),
        tuple(label for _ in families for label in labels),
    )


def _check_k(k: int, true: Tensor) -> None:
    classes, most = true.shape[1], int(true.sum(1).max()) if len(true) else 0
    if not 1 <= k < classes:
        raise ValueError(f"k = {k} is impossible with {classes} labels: choose k between 1 and {classes - 1}.")
    if k > classes - most:
        raise ValueError(
            f"k = {k} is impossible: an image has {most} of the {classes} labels as true labels, "
            f"which leaves {classes - most} others for the top {k}."
        )
