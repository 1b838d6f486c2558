"""What a toy's network says at single points: top-k sets, predicted labels and all six measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from masw_core.toy.setup import Setup


@dataclass(frozen=True)
class Seen:
    """One point.

    Attributes:
        top: labels of the top k. on: predicted ones. other: neither true nor target. same: those of them whose
            prediction is that of the clean point.
        measures: see ``measures.of_goal``.
    """

    top: tuple[str, ...]
    on: tuple[str, ...]
    other: tuple[str, ...]
    same: tuple[str, ...]
    true: tuple[str, ...]
    k: int
    measures: dict[str, float]

    def told(self, panel: str) -> str:
        """The sets that the measure of a panel of Fig. 1 is about, in Markdown."""
        if panel == "fig1a":
            return f"*Y* = {braces(self.true)}, top {self.k} = {braces(self.top)}"
        if panel == "fig1b":
            still = [label for label in self.true if label in self.on]
            return f"*Y* = {braces(self.true)}, of which {braces(still)} still predicted"
        return f"other labels {braces(self.other)}, of which {braces(self.same)} unchanged"


def braces(labels: Sequence[str]) -> str:
    """A set as people write it."""
    return "{" + ", ".join(labels) + "}" if labels else "∅"


def seen_at(setup: Setup, points: Sequence[Sequence[float]]) -> list[Seen]:
    """Every point, compared with the clean point of the setup."""
    from masw_core.task import measures

    import torch

    model, goal = setup.model(), setup.goal()
    with torch.inference_mode():
        scores = model(torch.cat([setup.start_point()[None], torch.tensor(points, dtype=torch.float32)])).clone()
    found = measures.of_goal(goal[torch.zeros(len(scores), dtype=torch.long)], scores, scores[:1].expand_as(scores))
    top, on = measures.top_k(scores, setup.k), scores >= 0
    other = [j for j, name in enumerate(model.labels) if name not in (*setup.true, *setup.target)]
    return [
        Seen(
            top=tuple(name for j, name in enumerate(model.labels) if top[row, j]),
            on=tuple(name for j, name in enumerate(model.labels) if on[row, j]),
            other=tuple(model.labels[j] for j in other),
            same=tuple(model.labels[j] for j in other if on[row, j] == on[0, j]),
            true=setup.true,
            k=setup.k,
            measures={name: float(values[row]) for name, values in found.items()},
        )
        for row in range(1, len(scores))
    ]
