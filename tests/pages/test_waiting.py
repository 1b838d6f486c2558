"""What a run in line says, how often its page looks at it, and that a page at rest does not look at all."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from masw_core.engine.gate import Gate
from masw_core.engine.jobs import Job
from pages.shared import job_page
from pages.shared.job_page import LATEST, SOONEST, WAITING, Run, about, taking_turns, waiting

import pytest
from lab_driver import open_lab, run_to_the_end


@dataclass
class Line(Run[str, None]):
    """A run of which only the place in line matters."""

    def progress(self):
        return 0.0, ""

    def stopped(self):
        return ""

    def badges(self):
        return []


class Nothing:
    """Records nothing."""

    def take(self, step):
        pass

    def snapshot(self, complete=False):
        return None


@pytest.fixture
def line():
    """Thirty runs in one line, of which none ends before it is let go."""
    gate, go = Gate(), threading.Event()
    jobs = [Job(lambda: iter([go.wait(10)][:0]), Nothing(), gate).start() for _ in range(30)]
    yield [Line(str(n), job, "cpu") for n, job in enumerate(jobs)]
    for job in jobs:
        job.stop()
    go.set()
    for job in jobs:
        job.join(5)


def test_waiting_pages_look_rarely_and_not_in_step(line):
    intervals = [job_page._interval(run) for run in line[1:]]
    assert min(intervals) >= WAITING
    assert max(intervals) <= 1.25 * LATEST
    assert len(set(intervals)) > 10
    assert sum(1 / seconds for seconds in intervals) < 10, "looks a second of a whole class"


def test_a_run_alone_is_looked_at_often():
    job = Job(lambda: iter(()), Nothing(), Gate())
    assert SOONEST <= job_page._interval(Line("", job, "cpu")) <= 1.25 * SOONEST


def test_a_page_at_rest_has_no_timer(monkeypatch, quick_models):
    import streamlit as st

    asked, fragment = [], st.fragment

    def watched(function=None, *, run_every=None, **more):
        if function is job_page._look:
            asked.append(run_every)
        return fragment(function, run_every=run_every, **more)

    monkeypatch.setattr(st, "fragment", watched)
    run_to_the_end(open_lab(lab_masw_steps="30"))
    assert asked[-1] is None


@pytest.mark.parametrize(
    ("ahead", "seconds", "words"),
    [
        (0, 3.0, "Starting…"),
        (1, 5.0, "Waiting: 1 run before yours, done in a few seconds."),
        (3, 42.0, "Waiting: 3 runs before yours, done in about 40 s."),
        (29, 200.0, "Waiting: 29 runs before yours, done in about 3 min."),
    ],
)
def test_a_waiting_run_says_its_place_and_a_time(ahead, seconds, words):
    assert waiting(ahead, seconds) == words


def test_a_run_that_is_overtaken_says_so():
    assert taking_turns(0, 5.0) == ""
    assert "takes turns with 2 shorter runs, done in about 20 s" in taking_turns(2, 21.0)
    assert about(89.0) == "about 90 s"
