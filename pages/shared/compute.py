"""Between the pages and the core: cached models with their locks, clean scores, and starting a run.

Caches are keyed by picture digest and model name, never by tensors. Only this module hands models out.
"""

from __future__ import annotations

import gc
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from masw_core.engine.jobs import Gate, Job
from pages.shared.state import Order, Picture, Run, Task

import numpy as np
import streamlit as st

if TYPE_CHECKING:
    from masw_core.models import MultiLabelModel
    from masw_core.task.goals import Goal

    from torch import Tensor


@dataclass(frozen=True)
class Loaded:
    """A model, the lock that guards it, and where it lives."""

    model: MultiLabelModel
    lock: threading.Lock
    device: str


@st.cache_resource(max_entries=1, show_spinner=False)
def gate() -> Gate:
    """The process's one gate: a single run at a time."""
    return Gate()


@st.cache_resource(max_entries=2, show_spinner=False)
def loaded(name: str) -> Loaded:
    """A model on the fastest device here.

    Raises:
        ModelError: one sentence, e.g. missing weights.
    """
    from masw_core.models import load_model

    settle()
    model = load_model(name, device="auto")
    device = next(model.parameters()).device.type
    return Loaded(model, threading.Lock(), device)


@st.cache_resource(max_entries=1, show_spinner=False)
def settle() -> None:
    """Import what is big, once, and tell the garbage collector that it will stay.

    Streamlit collects garbage after every script run. With torch and Plotly imported that walks 400,000 objects
    and holds the interpreter for 0.2 s; at four polls a second, attacks ran thirty times slower (measured).
    """
    import masw_core.attacks
    import masw_core.engine.loop
    import masw_core.trace.trace
    import masw_core.views.figures
    import masw_core.views.payload  # noqa: F401

    gc.collect()
    gc.freeze()


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
    return _scores(loaded(name), _tensor(digest, _data, name))


def proposed_labels(picture: Picture, name: str) -> list[str]:
    """The labels the model is sure of (at least 0.5), or its first choice."""
    scores = clean_scores(picture.digest, picture.data, name)
    labels = loaded(name).model.labels
    sure = [j for j in np.argsort(-scores) if scores[j] >= 0] or [int(scores.argmax())]
    return [labels[j] for j in sure]


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


def attack_of(order: Order) -> Any:
    """The attack of an order.

    Raises:
        ValueError: a setting is out of range.
    """
    from masw_core.attacks import load_attack

    return load_attack(order.attack, order.preset, **dict(order.settings))


def launch(order: Order) -> Run:
    """Put a run in line and start its thread.

    Raises:
        ValueError: the order is impossible.
    """
    from masw_core.engine.loop import iterate
    from masw_core.trace.recorder import TraceRecorder, trace_header

    import torch

    torch.manual_seed(order.seed)
    here, goal = loaded(order.model), goal_of(order)
    attack = attack_of(order).prepared(here.model, goal)
    x = _tensor(order.picture.digest, order.picture.data, order.model)
    facts = {"preset": order.preset, "seed": order.seed, "device": here.device, "picture": order.picture.name}
    recorder = TraceRecorder(trace_header(attack, here.model, goal, 0, **facts), x[0].numpy(), attack.steps)
    job = Job(lambda: iterate(attack, here.model, x, goal), recorder, gate(), lock=here.lock, total=attack.steps)
    return Run(uuid4().hex[:12], order, job.start(), here.device)


def success_after_rounding(run: Run, step: int) -> bool:
    """Whether the picture of ``step`` still succeeds once it is saved with 8 bits per channel."""
    from masw_core.data.images import round_8bit

    import torch

    trace = run.job.trace()
    assert trace is not None
    perturbation, kept = trace.perturbation_at(step)
    if kept not in run.rounded:
        image = torch.as_tensor(np.clip(trace.image + perturbation, -1, 1))[None]
        scores = torch.as_tensor(_scores(loaded(run.order.model), round_8bit(image)))[None]
        run.rounded[kept] = bool(trace.goal()[:1].success(scores)[0])
    return run.rounded[kept]


def _tensor(digest: str, data: bytes, name: str) -> Tensor:
    import torch

    return torch.as_tensor(model_input(digest, data, loaded(name).model.input_size))[None]


def _scores(here: Loaded, x: Tensor) -> np.ndarray[Any, Any]:
    import torch

    with here.lock, torch.inference_mode():
        return here.model(x.to(here.device))[0].float().cpu().numpy()
