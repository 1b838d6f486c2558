"""A page that runs one job at a time per session: it starts or stops it, watches it, and says how it goes.

A page gives a :class:`Run` of its own, which puts the run into words, and a :class:`JobPage`; this module draws them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar
from uuid import uuid4

from masw_core.engine.jobs import ACTIVE, Job, sentence_for
from masw_core.engine.watching import Watch
from pages.shared.lesson import presenting
from pages.shared.parameters import PageLinks

import streamlit as st

SOONEST, LATEST = 0.5, 4.0  # seconds between two looks of a page at its job
LOOKS = 8  # so many looks a second of all pages together
WAITING = 2.0  # seconds at least, between two looks at a job that has not begun

Order = TypeVar("Order")
Record = TypeVar("Record")


def new_id() -> str:
    """An id of a run, for what is kept of it between two looks."""
    return uuid4().hex[:12]


@dataclass
class Run(ABC, Generic[Order, Record]):
    """A started run.

    Attributes:
        order: everything it is made of; two equal orders give the same run.
        job: it, or the session's view of one that other sessions may share.
        device: where it computes.
    """

    order: Order
    job: Watch[Record] | Job[Record]
    device: str
    id: str = field(default_factory=new_id, kw_only=True)

    @abstractmethod
    def progress(self) -> tuple[float, str]:
        """While it runs: the share that is done, and where it is."""

    @abstractmethod
    def stopped(self) -> str:
        """One or two sentences on what is left of a run that was stopped."""

    def paused(self) -> str:
        """One or two sentences on a run that rests of its own accord."""
        return "The run rests."

    def made(self) -> str:
        """Where it comes from, in a few words."""
        return f"computed here on {self.device}"

    @abstractmethod
    def badges(self) -> Sequence[str]:
        """What an ended run was, in a few words each; none while there is nothing to show."""


AnyRun = TypeVar("AnyRun", bound=Run[Any, Any])


@dataclass(frozen=True)
class JobPage(Generic[AnyRun]):
    """What is a page's own about its job.

    Attributes:
        links: of the page, for the keys of its widgets.
        button: what starts a run, with its icon.
        width: of the buttons.
        again: what to press when nobody had been watching.
    """

    links: PageLinks
    button: str = "Run"
    icon: str = ":material/play_arrow:"
    width: Literal["stretch"] | int = "stretch"
    again: str = "Run to start again"

    def current(self) -> AnyRun | None:
        """The session's run."""
        run: AnyRun | None = st.session_state.get(self._run_key)
        return run

    def start(self, run: AnyRun) -> None:
        """Make this the session's run and draw the page anew."""
        self.put(run)
        st.rerun()

    def put(self, run: AnyRun) -> None:
        """Make this the session's run; one that is still going is stopped."""
        old = self.current()
        st.session_state[self._run_key] = run
        if old is not None:
            old.job.stop()

    def run_or_stop(self, launch: Callable[[], AnyRun] | None, problem: str | None = None) -> None:
        """The one button: Run, or Stop while the session's run is going.

        Args:
            launch: starts the run; never called where there is a problem.
            problem: why it cannot run.
        """
        if problem:
            refuse(problem)
        if not self.stop_button() and self.run_button(disabled=bool(problem)) and launch:
            self.start(launch())

    def stop_button(self) -> bool:
        """The Stop button, if a run is going; whether it is."""
        run = self.current()
        if run is None or not run.job.active:
            return False
        key = self.links.widget("stop")
        st.button("Stop", icon=":material/stop:", key=key, on_click=run.job.stop, width=self.wide)
        return True

    def run_button(self, disabled: bool = False) -> bool:
        """The button that starts a run; whether it was pressed."""
        key = self.links.widget("run")
        return st.button(self.button, type="primary", icon=self.icon, key=key, disabled=disabled, width=self.wide)

    def watch(
        self, run: AnyRun, show: Callable[[AnyRun], None] | None = None, beside: Callable[[AnyRun], None] | None = None
    ) -> bool:
        """Draw how a run goes, again and again while it is active; whether it has ended.

        When it ends, the page is drawn once more without the timer.

        Args:
            show: draws what there is of it, below its state.
            beside: draws something beside the badges of an ended run.
        """
        drawn = run.job.state
        watched = drawn in ACTIVE
        st.fragment(_look, run_every=_interval(run) if watched else None)(self, run, drawn, show, beside)
        return not watched

    def status(self, run: AnyRun, beside: Callable[[AnyRun], None] | None = None) -> None:
        """One line on the state of a run, and badges once it has ended."""
        job = run.job
        if job.state == "queued":
            st.progress(job.progress, waiting(job.ahead, job.seconds_left))
        elif job.state == "running":
            share, text = run.progress()
            st.progress(share, text + taking_turns(job.ahead, job.seconds_left))
        elif job.state == "failed":
            st.error(job.error, icon=":material/error:")
        elif job.state == "stopped":
            st.info(run.stopped(), icon=":material/stop_circle:")
        elif job.state == "paused":
            self._rest(run)
        elif job.state == "abandoned":
            st.info(f"Nobody was watching, so the run was ended: press {self.again}.", icon=":material/bedtime:")
        badges = run.badges() if job.state in ("done", "stopped", "paused") and not presenting() else ()
        if badges:
            with st.container(horizontal=True, gap="small", vertical_alignment="center"):
                st.badge(run.made(), icon=":material/memory:", color="gray")
                for badge in badges:
                    st.badge(badge, color="gray")
                if beside is not None:
                    beside(run)

    def _rest(self, run: AnyRun) -> None:
        """A run that rests, and the button that lets it go on."""
        with st.container(horizontal=True, vertical_alignment="center"):
            st.info(run.paused(), icon=":material/flag:", width="stretch")
            key = self.links.widget("go_on")
            if st.button("Go on", icon=":material/resume:", key=key):
                run.job.go_on()
                run.id = new_id()  # what was drawn of it so far is out of date
                st.rerun()

    @property
    def wide(self) -> Literal["stretch", "content"] | int:
        """How wide its buttons are; a projector has no room for a line of their own."""
        return "content" if presenting() else self.width

    @property
    def _run_key(self) -> str:
        return self.links.widget("current_run")


def refuse(problem: str) -> None:
    """Say on the page why an order cannot run."""
    st.warning(sentence_for(ValueError(problem)), icon=":material/block:")


def waiting(ahead: int, seconds: float) -> str:
    """What a run in line says.

    Args:
        ahead: how many runs will have ended before it.
        seconds: until it has ended itself.
    """
    if not ahead:
        return "Starting…"
    return f"Waiting: {ahead} run{'s' if ahead > 1 else ''} before yours, done in {about(seconds)}."


def taking_turns(ahead: int, seconds: float) -> str:
    """What a run that has begun adds while shorter ones overtake it; nothing where there are none."""
    if not ahead:
        return ""
    return f" · takes turns with {ahead} shorter run{'s' if ahead > 1 else ''}, done in {about(seconds)}"


def about(seconds: float) -> str:
    """A time that nobody should take too exactly."""
    if seconds < 8:
        return "a few seconds"
    if seconds < 90:
        return f"about {round(seconds, -1):.0f} s"
    return f"about {seconds / 60:.0f} min"


def _interval(run: Run[Any, Any]) -> float:
    """Seconds between two looks: the more jobs are in line, the rarer; never two sessions in step for long."""
    shared = min(max(run.job.in_line / LOOKS, SOONEST), LATEST)
    least = WAITING if run.job.state == "queued" and run.job.ahead else SOONEST
    return round(max(shared, least) * (1 + int(run.id, 16) % 100 / 400), 3)


def _look(page: JobPage[Any], run: Any, drawn: str, show: Any, beside: Any) -> None:
    run.job.touch()
    if drawn in ACTIVE and run.job.state != drawn:
        st.rerun()
    page.status(run, beside)
    if show is not None:
        show(run)
