"""A 2-D problem ready to attack: network, goal, start, candidate points, data. Shipped ones and your own.

The networks of the shipped problems lie in ``assets/toy`` and are written by ``scripts/train_toys.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from masw_core.assets import ASSETS
from masw_core.models.embedded import read_embedded
from masw_core.task.goals import Goal
from masw_core.toy.layouts import LAYOUTS, Layout, Region
from masw_core.toy.network import ToyModel, fit

import numpy as np
import torch
from torch import Tensor

FOLDER = ASSETS / "toy"
SAMPLES = 1200
SOFT = 0.97  # how sure the data of your own are: certain labels would drive logits to infinity
MOST_POINTS = 500


@dataclass(frozen=True)
class Toy:
    """One problem.

    Attributes:
        name, title: what it is called.
        model: (B, 2) points to (B, C) logits.
        goal: a batch of one.
        start: (2,) the clean point. candidates: (n, 2) the candidate attacks of Fig. 1; empty for others.
        box: lowest and highest point, (2,) each.
        regions: polygons with their label sets; empty for your own data.
        points: (n, 2) training data. confidence: (n, C) in [0, 1], what the network was asked to say there.
    """

    name: str
    title: str
    model: ToyModel
    goal: Goal
    start: Tensor
    candidates: Tensor
    box: tuple[Tensor, Tensor]
    regions: tuple[Region, ...]
    points: Tensor
    confidence: Tensor


def load_toy(name: str) -> Toy:
    """A shipped problem: ``"film"``, ``"fig1a"``, ``"fig1b"`` or ``"fig1c"``.

    Raises:
        ValueError: no problem has this name, or its network's file is missing or damaged.
    """
    if name not in LAYOUTS:
        raise ValueError(f"Unknown toy problem {name!r}: choose one of {', '.join(LAYOUTS)}.")
    layout = LAYOUTS[name]
    model = ToyModel(layout.labels, layout.box, name=f"toy-{name}")
    model.load_state_dict(read_embedded(FOLDER / f"{name}.safetensors")[0])
    return _toy(layout, model.eval().requires_grad_(False))


def train_layout(name: str) -> Toy:
    """The same problem with its network trained afresh (what ``scripts/train_toys.py`` saves)."""
    layout = LAYOUTS[name]
    model = ToyModel(layout.labels, layout.box, name=f"toy-{name}")
    return _toy(layout, fit(model, *sample(layout), seed=layout.seed))


def train_toy(
    points: Tensor | Sequence[Sequence[float]],
    labels: Tensor | Sequence[Sequence[int]],
    seed: int = 0,
    box: tuple[Sequence[float], Sequence[float]] = ((-1.0, -1.0), (1.0, 1.0)),
) -> ToyModel:
    """A network for points of your own.

    Args:
        points: (n, 2) inside ``box``, 1 to 500 of them.
        labels: (n, C) multi-hot, C >= 2.
        seed: of the first weights.

    Raises:
        ValueError: shapes do not fit, no or too many points, or points outside the box.
    """
    where = torch.as_tensor(points, dtype=torch.float32)
    wanted = torch.as_tensor(labels, dtype=torch.float32)
    if where.dim() != 2 or where.shape[1] != 2 or wanted.dim() != 2 or len(where) != len(wanted):
        raise ValueError("Give points as (n, 2) and labels as (n, C), one row of labels per point.")
    if not 1 <= len(where) <= MOST_POINTS or wanted.shape[1] < 2:
        raise ValueError(f"Give 1 to {MOST_POINTS} points and at least 2 labels, not {len(where)} points.")
    low, high = torch.tensor(box[0]), torch.tensor(box[1])
    if not bool(((where >= low - 1e-5) & (where <= high + 1e-5)).all()):
        raise ValueError("A point lies outside the box: move it inside.")
    model = ToyModel([str(label + 1) for label in range(wanted.shape[1])], box, name="toy-own")
    return fit(model, where, wanted * (2 * SOFT - 1) + 1 - SOFT, seed=seed)


def sample(layout: Layout) -> tuple[Tensor, Tensor]:
    """The training data of a layout: points drawn evenly from its box, and their regions' confidences."""
    points = np.random.default_rng(layout.seed).uniform(*layout.box, (SAMPLES, 2))
    confidence = layout.confidence(points)
    return torch.tensor(points, dtype=torch.float32), torch.tensor(confidence, dtype=torch.float32)


def label_mask(names: Sequence[str], chosen: Sequence[str]) -> Tensor:
    """(1, C) bool, the chosen labels among all of them."""
    return torch.tensor([[name in chosen for name in names]])


def _toy(layout: Layout, model: ToyModel) -> Toy:
    true = label_mask(layout.labels, layout.true)
    if layout.target:
        goal = Goal.targeted(true, label_mask(layout.labels, layout.target), layout.k)
    else:
        goal = Goal.untargeted(true, layout.k)
    points, confidence = sample(layout)
    return Toy(
        name=layout.name,
        title=layout.title,
        model=model,
        goal=goal,
        start=torch.tensor(layout.start),
        candidates=torch.tensor(layout.candidates).reshape(-1, 2),
        box=model.box,
        regions=layout.regions,
        points=points,
        confidence=confidence,
    )
