"""What the lab remembers per browser session, with types; nothing else touches these keys of session state.

Widgets own their values (see ``controls.py``); this is what outlives a widget: the order that was run, its job,
and small results that belong to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from masw_core.jobs import Job

import streamlit as st

if TYPE_CHECKING:
    from masw_core.trace import Trace

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
class Order:
    """Everything a run is made of; two equal orders give the same run."""

    picture: Picture
    model: str
    attack: str
    preset: str
    case: str
    k: int
    true: tuple[str, ...]
    seed: int
    attack_cost: bool
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


CARD = "lab_card"  # in the link of a preset card: forget what was set before
_PLAIN = {"lab_attack": "masw", "lab_case": "untargeted", "lab_k": 3, "lab_seed": 0, "lab_cost": False}
_KEPT = (_RUN, "lab_player", "lab_upload", "lab_run", "lab_stop", "lab_save", "lab_chart", "lab_advanced", "lab_card")


def start_from_card() -> None:
    """If a preset card was followed, put every setting that it does not name back to its default.

    Settings outlive their page (they are bound to the URL), so without this a card would open with leftovers. A key
    that is merely deleted comes back, so defaults are written.
    """
    if CARD not in st.query_params:
        return
    named = set(st.query_params)
    for key in map(str, list(st.session_state)):
        if key.startswith("lab_") and key not in named and not key.startswith(_KEPT):
            st.session_state[key] = "default" if key.endswith("_preset") else _PLAIN.get(key)
    for name in ("model_picture", "true_proposal"):
        st.session_state[f"_seen_{name}"] = None
    if "lab_model" in named:  # the card's model counts, not the one that its picture brings along
        st.session_state.pop("_seen_model_picture")
    del st.query_params[CARD]
