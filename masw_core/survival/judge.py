"""What is left of an attack after degradations and on other models: success, true labels that come back, targets lost.

An attack survives where the degraded picture still reaches the goal and the clean picture, degraded the same way, does
not: what a degradation does by itself is no merit of the attack.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from masw_core.data.images import to_pil, to_tensor
from masw_core.models.attacked import Frozen, signed
from masw_core.models.multi_label import MultiLabelModel
from masw_core.survival.degradations import DEGRADATIONS, Degradation
from masw_core.task.goals import Goal
from masw_core.task.measures import top_k

import torch
from torch import Tensor, nn

BATCH = 32  # pictures in one forward


@dataclass(frozen=True)
class Survival:
    """How one adversarial picture fares in one condition.

    Attributes:
        name, title: of the degradation, or of the other model.
        success: the goal is still reached.
        alone: the clean picture reaches the goal there too, without any attack.
        back: true labels in the top k again.
        lost: targets that fell out of the top k.
        unseen: true labels that the clean picture loses there, though it had them in its top k.
    """

    name: str
    title: str
    success: bool
    alone: bool
    back: tuple[str, ...]
    lost: tuple[str, ...]
    unseen: tuple[str, ...]

    @property
    def survives(self) -> bool:
        return self.success and not self.alone

    def facts(self) -> dict[str, Any]:
        """As ``result.json`` has it."""
        return {
            "survives": self.survives,
            "success": self.success,
            "clean_succeeds": self.alone,
            "true_labels_back": list(self.back),
            "targets_lost": list(self.lost),
            "clean_loses": list(self.unseen),
        }


def degraded(x: Tensor, degradations: Sequence[Degradation] = DEGRADATIONS) -> Tensor:
    """(D, B, 3, H, W) in [-1, 1]: pictures (B, 3, H, W) in [-1, 1] after each degradation."""
    size = (x.shape[2], x.shape[3])
    pictures = [to_pil(one) for one in x.cpu()]
    after = [torch.stack([to_tensor(way.apply(picture), size) for picture in pictures]) for way in degradations]
    return torch.stack(after).to(x)


def scores_after(model: nn.Module, x: Tensor, degradations: Sequence[Degradation] = DEGRADATIONS) -> Tensor:
    """(D, B, C) logits of pictures (B, 3, H, W) in [-1, 1] after each degradation.

    Args:
        model: of [-1, 1] images.
        x: on any device.
        degradations: which.
    """
    return _scores(model, degraded(x, degradations).flatten(0, 1)).unflatten(0, (len(degradations), len(x)))


def survived(goal: Goal, adversarial: Tensor, clean: Tensor) -> Tensor:
    """(D, B) bool: the goal is reached after each degradation, and not by the degraded clean picture.

    Args:
        goal: B rows.
        adversarial, clean: (D, B, C) from ``scores_after``.
    """
    return torch.stack(
        [goal.success(scores) & ~goal.success(alone) for scores, alone in zip(adversarial, clean, strict=True)]
    )


def after_degradations(model: MultiLabelModel, x: Tensor, adversarial: Tensor, goal: Goal) -> list[Survival]:
    """How an adversarial picture fares after every degradation, judged in one batched forward.

    Args:
        model: that was attacked, of any range.
        x, adversarial: (1, 3, H, W) in [-1, 1].
        goal: one row.
    """
    model = signed(model)
    pairs = degraded(torch.cat([x, adversarial])).flatten(0, 1)
    plain, *scores = _scores(model, torch.cat([x, pairs])).to(goal.true.device).split(1)
    return [
        _judged(way.name, way.title, model.labels, goal, scores[2 * row + 1], scores[2 * row], plain)
        for row, way in enumerate(DEGRADATIONS)
    ]


def on_another(other: MultiLabelModel, x: Tensor, adversarial: Tensor, goal: Goal) -> Survival:
    """How an adversarial picture fares on another model of the same labels, as an 8-bit picture of that model's size.

    Args:
        other: of any range and input size.
        x, adversarial, goal: as for ``after_degradations``.

    Raises:
        ValueError: the other model has another number of labels.
    """
    if len(other.labels) != goal.true.shape[1]:
        raise ValueError(f"{other.name} has {len(other.labels)} labels, not {goal.true.shape[1]}: choose another.")
    other = signed(other)
    both = torch.stack([to_tensor(to_pil(one[0]), other.input_size) for one in (x, adversarial)])
    clean, scores = _scores(other, both).to(goal.true.device).split(1)
    return _judged(other.name, f"On the model {other.name}", other.labels, goal, scores, clean, clean)


def _scores(model: nn.Module, pictures: Tensor) -> Tensor:
    """(N, C) logits, some pictures at a time."""
    like = next(model.parameters())
    with Frozen(model), torch.no_grad():
        return torch.cat([model(part.to(like)) for part in pictures.split(BATCH)])


def _judged(
    name: str, title: str, labels: Sequence[str], goal: Goal, scores: Tensor, alone: Tensor, plain: Tensor
) -> Survival:
    """One condition, from (1, C) logits there of the adversarial and the clean picture, and of the plain clean one."""

    def named(mask: Tensor) -> tuple[str, ...]:
        return tuple(labels[label] for label in mask[0].nonzero().flatten().tolist())

    inside, before, after = (top_k(value, goal.k) for value in (scores, plain, alone))
    return Survival(
        name=name,
        title=title,
        success=bool(goal.success(scores)[0]),
        alone=bool(goal.success(alone)[0]),
        back=named(goal.true & inside),
        lost=() if goal.target is None else named(goal.target & ~inside),
        unseen=named(goal.true & before & ~after),
    )
