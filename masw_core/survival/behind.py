"""A model behind a degradation: what an attack sees that wants its picture to survive a JPEG file, say."""

from __future__ import annotations

from masw_core.models.attacked import signed
from masw_core.models.multi_label import MultiLabelModel
from masw_core.survival.degradations import Degradation
from masw_core.survival.judge import degraded

import torch
from torch import Tensor, nn


class _Behind(nn.Module):
    """Scores of the degraded picture; its gradient passes through the degradation as if that changed nothing."""

    def __init__(self, model: MultiLabelModel, degradation: Degradation) -> None:
        super().__init__()
        self.model, self.degradation = signed(model), degradation

    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            change = degraded(x, [self.degradation])[0] - x
        scores: Tensor = self.model(x + change)
        return scores


def model_behind(model: MultiLabelModel, degradation: Degradation) -> MultiLabelModel:
    """The model as it sees pictures after a degradation, for ``run`` and every attack.

    Success and constraints are those of the degraded picture; gradients are straight-through.

    Args:
        model: of any range; the one returned takes [-1, 1] images of the same size.
        degradation: one of ``DEGRADATIONS``.
    """
    return MultiLabelModel(
        _Behind(model, degradation),
        model.labels,
        model.input_size,
        name=f"{model.name} behind {degradation.name}",
        recommended_tau=model.recommended_tau,
    ).eval()
