"""A run on the page: the player while it runs and after, and what belongs to the step it rests at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pages.parts.compare.links import compare_query
from pages.parts.lab import panels
from pages.parts.lab.state import JOB_PAGE, LabRun
from pages.shared.links import COMPARE, LAB
from pages.shared.parts import choose_part, put_away
from pages.shared.player import player

import streamlit as st

if TYPE_CHECKING:
    from masw_core.trace.trace import Trace

PLAYER, REPLAY = LAB.widget("player"), "Replay"


def show_run(run: LabRun) -> None:
    """Everything below the controls."""
    ended = not run.job.active and run.job.trace() is not None
    chosen = choose_part(LAB, [REPLAY, *panels.titles(run)]) if ended else None
    if chosen not in (None, REPLAY):
        put_away(PLAYER)
    if not JOB_PAGE.watch(run, _replay, beside=_way_on) or run.job.trace() is None:
        return
    if not ended:  # it was still going a moment ago
        st.rerun()
    panels.show(run, _payload(run), PLAYER, chosen)


def _replay(run: LabRun) -> None:
    """The player; while the run goes on, it is sent what is new."""
    trace = run.job.trace()
    if trace is None:
        return
    from masw_core.views.payload import player_payload

    data = player_payload(trace, run.id, live=True, said=run.said) if run.job.active else _payload(run)
    player(data, PLAYER, on_step=_redraw_panels)


def _redraw_panels() -> None:
    """The cursor came to rest: redraw what belongs to the step, not the player."""
    st.rerun(panels.FRAGMENT)


def _way_on(run: LabRun) -> None:
    """The way on: beside other attacks."""
    if not run.lacks:
        query = compare_query(run.order)
        st.page_link(COMPARE.file, label="Compare attacks here", icon=":material/balance:", query_params=query)


def _payload(run: LabRun) -> dict[str, Any]:
    """The player's data; it opens at the step that a link or a file asks for, if the run came so far."""
    trace = run.job.trace()
    assert trace is not None
    data = _final_payload(run.id, trace, run.said)
    asked = run.opens_at
    return data if asked is None or asked >= len(trace) else {**data, "start": asked}


@st.cache_data(max_entries=8, show_spinner=False)
def _final_payload(run_id: str, _trace: Trace, _said: list[str]) -> dict[str, Any]:
    from masw_core.views.payload import player_payload

    return player_payload(_trace, run_id, said=_said)
