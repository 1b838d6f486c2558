"""Which of two points of a path is better: the order behind "best", for tensors and for arrays. No torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def rank_key(success: Any, norm: Any, failure: Any, where: Callable[[Any, Any, Any], Any]) -> Any:
    """Lower is better: successes by norm come first (below -1), then failures by failure degree (0 to 2).

    Args:
        success, norm, failure: arrays or tensors of one shape.
        where: of their library, ``numpy.where`` or ``torch.where``.
    """
    return where(success, norm / (1 + norm) - 2, failure)
