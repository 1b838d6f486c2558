"""What the lab remembers per browser session, with types; nothing else touches these keys of session state.

Widgets own their values (see ``controls.py``); this is what outlives a widget: the order that was run, its job,
and small results that belong to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from masw_core.engine.jobs import Job

import streamlit as st

if TYPE_CHECKING:
    from masw_core.trace.trace import Trace

_RUN = "lab_current_run"


@dataclass(frozen=True)
class Picture:
    """A picture to attack: a sample or an upload."""

    name: str
    data: bytes = field(repr=False)
    digest: str
    model: str  # the model it brings along
    why: str  # one sentence
    alt: str  # what it shows, for those who cannot see it


@dataclass(frozen=True)
class Task:
    """What is to be reached, on which picture and model."""

    picture: Picture
    model: str
    case: str
    k: int
    true: tuple[str, ...]
    seed: int
    attack_cost: bool


@dataclass(frozen=True)
class Order(Task):
    """Everything a run is made of; two equal orders give the same run."""

    attack: str
    preset: str
    settings: tuple[tuple[str, Any], ...]


@dataclass
class Run:
    """A started run: its job, and what was computed for it on demand."""

    id: str
    order: Order
    job: Job[Trace]
    device: str
    rounded: dict[int, bool] = field(default_factory=dict)  # step -> success after 8-bit rounding
    said: list[str] = field(default_factory=list)  # the sentences of its steps


def current_run() -> Run | None:
    return st.session_state.get(_RUN)


def set_run(run: Run) -> None:
    """Replace the session's run; one that is still going is stopped."""
    old = current_run()
    if old is not None and old.job.active:
        old.job.stop()
    st.session_state[_RUN] = run


def changed(name: str, value: Any) -> bool:
    """Whether ``value`` differs from what was last seen under ``name`` in this session; not the first time."""
    key = f"_seen_{name}"
    before = st.session_state.get(key, value)
    st.session_state[key] = value
    return bool(before != value)
