"""Between the pages and the core: runs and the gate they share, cached models with their locks, clean scores, goals.

Caches are keyed by picture digest and model name, never by tensors. Only this module hands models out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from masw_core.engine import in_process
from masw_core.engine.gate import Gate
from masw_core.engine.jobs import Job, Recorder
from masw_core.engine.watching import SharedJobs, Watch
from pages.shared import presence
from pages.shared.task import Picture, Task

import numpy as np
import streamlit as st

if TYPE_CHECKING:
    from masw_core.engine.recipe import Recipe
    from masw_core.engine.worker import Worker
    from masw_core.models import MultiLabelModel
    from masw_core.task.goals import Goal

    from torch import Tensor

Record = TypeVar("Record")


@dataclass(frozen=True)
class Loaded:
    """A model, the lock that guards it, and where it lives."""

    model: MultiLabelModel
    lock: threading.Lock
    device: str


@st.cache_resource(max_entries=1, show_spinner=False)
def gate() -> Gate:
    """The server's one gate: a single run computes at a time."""
    return Gate()


@st.cache_resource(max_entries=1, show_spinner=False)
def shared_jobs() -> SharedJobs:
    """The runs of all visitors."""
    return SharedJobs()


@st.cache_resource(max_entries=1, show_spinner=False)
def worker() -> Worker | None:
    """The process that computes runs; None: they are computed in threads of the server, see ``in_process``."""
    if in_process():
        return None
    from masw_core.engine.worker import Worker

    return Worker()


def watch(
    order: Hashable,
    recipe: Recipe,
    recorder: Callable[[], Recorder[Record]],
    total: int,
    kind: str,
    pause: Callable[[Any], bool] | None = None,
) -> Watch[Record]:
    """Watch the run of an order; it is put in line unless an equal one is going or still looked at.

    Args:
        order: everything the run is made of; equal orders give the same run.
        recipe: what it computes.
        recorder: makes what collects its steps.
        total, pause: as for ``Job``.
        kind: runs of one kind and model need about the same time per step.
    """
    return shared_jobs().watch((kind, order), lambda: _job(recipe, recorder(), total, kind, pause), presence.here())


def _job(
    recipe: Recipe, recorder: Recorder[Record], total: int, kind: str, pause: Callable[[Any], bool] | None
) -> Job[Record]:
    """A run that takes its turn among those of all visitors; not started."""
    here, process, kind = loaded(recipe.model), worker(), f"{kind} {recipe.model}"
    if process is None:
        return Job(lambda: recipe.steps(here.model), recorder, gate(), here.lock, total, kind=kind, pause=pause)
    return Job(lambda: process.steps(recipe), recorder, gate(), None, total, kind=kind, pause=pause)


@st.cache_resource(max_entries=2, show_spinner=False)
def loaded(name: str) -> Loaded:
    """A model on the fastest device here.

    Raises:
        ModelError: one sentence, e.g. missing weights.
    """
    from masw_core.models import load_model

    if (process := worker()) is not None:
        process.load(name)
    model = load_model(name, device="auto")
    device = next(model.parameters()).device.type
    return Loaded(model, threading.Lock(), device)


@st.cache_data(max_entries=16, show_spinner=False)
def model_input(digest: str, _data: bytes, size: tuple[int, int]) -> np.ndarray[Any, Any]:
    """(3, H, W) float32 in [-1, 1]: the picture as the model sees it.

    Raises:
        ImageError: one sentence about what is wrong with the file.
    """
    from masw_core.data.images import read_image, to_tensor

    return to_tensor(read_image(_data), size).numpy()


@st.cache_data(max_entries=64, show_spinner=False)
def clean_scores(digest: str, _data: bytes, name: str) -> np.ndarray[Any, Any]:
    """(C,) logits of the clean picture."""
    return scores_of(loaded(name), input_tensor(digest, _data, name))


def proposed_labels(picture: Picture, name: str) -> list[str]:
    """The labels the model is sure of (at least 0.5), or its first choice."""
    scores = clean_scores(picture.digest, picture.data, name)
    labels = loaded(name).model.labels
    sure = [j for j in np.argsort(-scores) if scores[j] >= 0] or [int(scores.argmax())]
    return [labels[j] for j in sure]


NEARLY = -0.3  # in logits; on COCO's training photos the photo tagger finds 71 % of the labels there, 1.4 false a photo


def nearly_proposed(picture: Picture, name: str) -> list[str]:
    """The labels just below 0.5, the likeliest first."""
    scores = clean_scores(picture.digest, picture.data, name)
    labels = loaded(name).model.labels
    return [labels[j] for j in np.argsort(-scores) if NEARLY <= scores[j] < 0]


def goal_of(task: Task) -> Goal:
    """The goal of a task, targets chosen from the clean scores.

    Raises:
        ValueError: the goal is impossible; the message says which numbers clash.
    """
    from masw_core.task.targets import make_goal

    import torch

    labels = loaded(task.model).model.labels
    if not task.true:
        raise ValueError("There is no true label to attack: choose at least one.")
    true = torch.tensor([[name in task.true for name in labels]])
    scores = torch.as_tensor(clean_scores(task.picture.digest, task.picture.data, task.model))[None]
    return make_goal(task.case, true, task.k, scores, seed=task.seed, attack_cost=task.attack_cost)


def input_tensor(digest: str, data: bytes, name: str) -> Tensor:
    """(1, 3, H, W): the picture as this model sees it."""
    import torch

    return torch.as_tensor(model_input(digest, data, loaded(name).model.input_size))[None]


def scores_of(here: Loaded, x: Tensor) -> np.ndarray[Any, Any]:
    """(C,) logits of one image (1, 3, H, W)."""
    import torch

    with here.lock, torch.inference_mode():
        return here.model(x.to(here.device))[0].float().cpu().numpy()
