"""What the Compare page remembers per browser session: the order that was run and its job."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from masw_core.engine.jobs import Job
from pages.shared.state import Task

import streamlit as st

if TYPE_CHECKING:
    from masw_core.attacks import Attack
    from masw_core.trace.trace import Trace

_RUN = "cmp_current_run"


@dataclass(frozen=True)
class ComparisonOrder(Task):
    """Everything a comparison is made of.

    Attributes:
        methods: as the command line writes them.
        steps: at most so many updates each.
        tau: everybody's ball; None: the recommended one.
    """

    methods: tuple[str, ...]
    steps: int
    tau: float | None = None


@dataclass
class ComparisonRun:
    """A started comparison.

    Attributes:
        attacks: what runs, by method, in their order.
    """

    id: str
    order: ComparisonOrder
    job: Job[dict[str, Trace]]
    device: str
    attacks: dict[str, Attack]

    @property
    def points(self) -> tuple[int, ...]:
        """How many points each method's run has."""
        return tuple(attack.steps + 1 for attack in self.attacks.values())

    @property
    def turn(self) -> int:
        """The number of the method at work, from 0."""
        ends = accumulate(self.points)
        return min(sum(self.job.done_steps >= end for end in ends), len(self.points) - 1)


def current_comparison() -> ComparisonRun | None:
    return st.session_state.get(_RUN)


def set_comparison(run: ComparisonRun) -> None:
    """Replace the session's comparison; one that is still going is stopped."""
    old = current_comparison()
    if old is not None and old.job.active:
        old.job.stop()
    st.session_state[_RUN] = run
