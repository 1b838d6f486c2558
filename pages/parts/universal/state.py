"""What the universal page remembers per browser session: the order that was run, its job, what was judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from masw_core.engine.jobs import Job

import streamlit as st

if TYPE_CHECKING:
    from masw_core.universal.recorder import UniversalRecord
    from masw_core.universal.verdict import Verdict

_RUN = "uni_current_run"


@dataclass(frozen=True)
class UniversalOrder:
    """Everything a run is made of; two equal orders give the same run."""

    model: str
    attack: str
    k: int
    passes: int
    samples: int
    held_out: int
    seed: int
    inner: tuple[tuple[str, Any], ...] = ()  # settings of the attack inside that were set
    outer: tuple[tuple[str, Any], ...] = ()  # settings of Universal that were set


@dataclass
class UniversalRun:
    """A started run, the run it continues, and its verdict once that was asked for."""

    id: str
    order: UniversalOrder
    job: Job[UniversalRecord]
    device: str
    before: UniversalRecord | None = None
    verdict: Verdict | None = None

    @property
    def record(self) -> UniversalRecord | None:
        """The run so far, or None before its first step."""
        return self.job.trace() or self.before


def current_run() -> UniversalRun | None:
    return st.session_state.get(_RUN)


def set_run(run: UniversalRun) -> None:
    """Replace the session's run; one that is still going is stopped."""
    old = current_run()
    if old is not None and old.job.active:
        old.job.stop()
    st.session_state[_RUN] = run
