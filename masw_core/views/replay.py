"""A recorded run, read back from the player's payload as numbers. No torch: a page can show it as it opens."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Replay:
    """n steps of a run with its shown labels and m shown constraints; see ``payload.player_payload``.

    Attributes:
        labels, constraints: rows with ``name`` and ``role``; constraints also have ``wants``.
        scores: (n, labels) logits.
        values, slack, weights: (n, m); weights in [0, 1].
        epsilon, lagrangian: (n,). branch: (n,) codes into ``BRANCHES``.
        picture: the clean picture, a JPEG.
    """

    data: Mapping[str, Any]
    labels: list[dict[str, Any]]
    constraints: list[dict[str, Any]]
    scores: Array
    values: Array
    slack: Array
    weights: Array
    epsilon: Array
    lagrangian: Array
    branch: Array
    picture: bytes

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Replay:
        n = data["n"]

        def rows(name: str, kind: type) -> Array:
            return np.frombuffer(b64decode(data[name]), kind).reshape(n, -1)

        return cls(
            data=data,
            labels=data["rows"],
            constraints=data["bars"],
            scores=rows("scores", np.float16).astype(float),
            values=rows("values", np.float16).astype(float),
            slack=rows("slack", np.float16).astype(float),
            weights=rows("weights", np.uint8) / 255,
            epsilon=rows("epsilon", np.float32)[:, 0],
            lagrangian=rows("lagrangian", np.float32)[:, 0],
            branch=rows("branch", np.uint8)[:, 0],
            picture=b64decode(data["pictures"]["clean"].partition(",")[2]),
        )

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def k(self) -> int:
        return int(self.data["k"])

    @property
    def true(self) -> list[int]:
        """The rows of the true labels."""
        return [place for place, row in enumerate(self.labels) if row["role"] == "true"]
