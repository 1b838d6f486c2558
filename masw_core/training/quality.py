"""How good a tagger is: the numbers of the model card.

Average precision is the area under the precision-recall curve without interpolation; mAP is its mean over
the labels; F1 and the exact matches use the threshold 0.5 (logit 0).
"""

from typing import Any

from masw_core.training.rendered import Rendered, as_images

import numpy as np
import torch
from torch import nn


@torch.no_grad()
def logits_of(network: nn.Module, data: Rendered, batch: int = 100) -> np.ndarray:
    """The network's logits (N, C) on a rendered split."""
    network.eval()
    parts = [network(as_images(data.pixels[i : i + batch])) for i in range(0, len(data), batch)]
    return torch.cat(parts).float().numpy()


def average_precision(scores: np.ndarray, present: np.ndarray) -> float:
    """Area under the precision-recall curve of one label: scores (N,), present (N,) bool."""
    hits = present[np.argsort(-scores, kind="stable")]
    if not hits.any():
        return float("nan")
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean())


def mean_average_precision(scores: np.ndarray, present: np.ndarray) -> float:
    """Mean of the average precisions over the labels that occur: scores and present (N, C)."""
    return float(np.nanmean([average_precision(s, p) for s, p in zip(scores.T, present.T, strict=True)]))


def quality(scores: np.ndarray, present: np.ndarray, labels: tuple[str, ...]) -> dict[str, Any]:
    """mAP, F1 at 0.5 (over all tags), the share of scenes tagged exactly right, and AP per label
    (None for a label that does not occur), all in percent."""
    predicted = scores > 0
    right = float((predicted & present).sum())
    aps = [average_precision(s, p) for s, p in zip(scores.T, present.T, strict=True)]
    return {
        "scenes": len(scores),
        "mAP": round(100 * float(np.nanmean(aps)), 2),
        "F1": round(100 * 2 * right / max(1.0, float(predicted.sum() + present.sum())), 2),
        "exactly_right": round(100 * float((predicted == present).all(1).mean()), 2),
        "AP": {label: None if np.isnan(ap) else round(100 * ap, 2) for label, ap in zip(labels, aps, strict=True)},
    }
