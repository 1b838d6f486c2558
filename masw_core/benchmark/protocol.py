"""Which images an experiment attacks: a fixed list per data set, model and seed, all of them understood by the model.

An image counts when its top labels are right: the |Y| highest scores are exactly its |Y| true labels, as in the
paper's protocol ("successfully classified images"). The order in which a split is searched depends on the seed
alone, so every attack, case and k of a table sees the same images.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from masw_core.attacks.correlation import Matrix, cooccurrence
from masw_core.data import dataset_info, load_dataset
from masw_core.models import MultiLabelModel, load_model
from masw_core.task.measures import top_k

import numpy as np
import torch
from torch import Tensor

BATCH = 25  # images looked at together while searching
MOST_COUNTED = 5_000  # training images whose labels are counted for co-occurrence


@dataclass(frozen=True)
class EvaluationSet:
    """Images to attack.

    Attributes:
        model: what is attacked.
        x: (N, 3, H, W) clean images in [-1, 1].
        true: (N, C) bool.
        clean: (N, C) logits of the clean images.
        index: (N,) their numbers in the split.
    """

    model: MultiLabelModel
    x: Tensor
    true: Tensor
    clean: Tensor
    index: Tensor

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, rows: Tensor | slice) -> EvaluationSet:
        return EvaluationSet(self.model, self.x[rows], self.true[rows], self.clean[rows], self.index[rows])

    def leaving(self, k: int) -> EvaluationSet:
        """The images with at least k labels that are not true, so that none of the true ones need be in the top k."""
        return self[self.true.sum(1) <= self.true.shape[1] - k]


@lru_cache(maxsize=2)
def model_on(name: str, device: str) -> MultiLabelModel:
    """A model, kept for the next cell of the same process."""
    return load_model(name, device=device)


@lru_cache(maxsize=2)
def opened(dataset: str, split: str | None, size: int | None, root: str | None) -> Any:
    """A data set, kept for the next seed: reading the annotations of a large one takes a while."""
    return load_dataset(dataset, split, size=size, root=root)


@lru_cache(maxsize=4)
def evaluation_set(
    dataset: str,
    model: str,
    count: int,
    seed: int,
    split: str | None = None,
    root: str | None = None,
    device: str = "cpu",
) -> EvaluationSet:
    """The first ``count`` images of a seed's order that the model understands.

    Args:
        dataset, split, root: see ``load_dataset``; split None: the one that the data set is evaluated on.
        model: a name for ``load_model``.
        count: how many images.
        seed: of the order.
        device: where the model runs; the images stay on the CPU until they are attacked.

    Raises:
        ValueError: model and data set have other labels, or the split holds too few such images.
    """
    network = model_on(model, device)
    data = opened(dataset, split, network.input_size[0], root)
    if tuple(data.labels) != tuple(network.labels):
        raise ValueError(
            f"{model} knows {len(network.labels)} labels that are not the {len(data.labels)} of {dataset}: "
            "choose a model that was trained on this data set."
        )
    order = np.random.default_rng((seed, 20_12)).permutation(len(data)).tolist()
    found: list[tuple[Tensor, Tensor, Tensor, int]] = []
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        images, labels = (torch.stack(part) for part in zip(*(data[row] for row in rows), strict=True))
        with torch.inference_mode():
            scores = network(images.to(next(network.parameters()).device)).float().cpu()
        right = understood(scores, labels.bool())
        found += [(images[i], labels[i].bool(), scores[i].clone(), rows[i]) for i in right.nonzero().flatten().tolist()]
        if len(found) >= count:
            x, true, clean, index = zip(*found[:count], strict=True)
            return EvaluationSet(network, torch.stack(x), torch.stack(true), torch.stack(clean), torch.tensor(index))
    raise ValueError(
        f"{model} gets the top labels right on only {len(found)} of the {len(data)} images of {dataset}: "
        f"ask for at most {len(found)} samples."
    )


def understood(scores: Tensor, true: Tensor) -> Tensor:
    """(B,) bool: the |Y| highest scores are the true labels; False where there is no true label."""
    counts = true.sum(1)
    right = torch.zeros(len(true), dtype=torch.bool, device=true.device)
    for count in counts.unique().tolist():
        rows = counts == count
        right[rows] = (top_k(scores[rows], count) == true[rows]).all(1) & (count > 0)
    return right


@lru_cache(maxsize=2)
def cooccurrence_on(dataset: str, root: str | None = None) -> Matrix | None:
    """P(j | i) over up to 5,000 training images' labels, see ``attacks.correlation.cooccurrence``; None where there
    are no training images."""
    if "train" not in dataset_info(dataset).splits:
        return None
    data = opened(dataset, "train", None, root)
    chosen = np.random.default_rng(0).permutation(len(data))[:MOST_COUNTED]
    return cooccurrence(torch.from_numpy(np.stack([data.present(int(index)) for index in chosen])))
