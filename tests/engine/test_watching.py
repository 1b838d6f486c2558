"""Equal orders share one computation, and each watcher leaves, pauses and goes on alone."""

from __future__ import annotations

import gc
import threading

from masw_core.engine.gate import Gate
from masw_core.engine.jobs import PATIENCE, Job
from masw_core.engine.watching import SharedJobs
from masw_core.trace.step import Step

import pytest


class Numbers:
    """Records nothing but how many steps there were."""

    def __init__(self):
        self.count = 0

    def take(self, step):
        self.count += 1

    def snapshot(self, complete=False):
        return self.count, complete


class Point:
    """A step of nothing."""

    def cpu(self) -> Point | Step:
        return self


class Class:
    """Makes jobs, counts what is computed, and lets them go step by step."""

    def __init__(self):
        self.shared, self.gate = SharedJobs(), Gate()
        self.computed, self.started = 0, 0
        self.go = threading.Semaphore(0)

    def order(self, name="a", steps=6, pause=None, patience=PATIENCE, present=lambda: False):
        def points():
            for _ in range(steps + 1):
                self.go.acquire(timeout=5)
                self.computed += 1
                yield Point()

        def make():
            self.started += 1
            return Job(points, Numbers(), self.gate, total=steps, pause=pause, patience=patience)

        return self.shared.watch(name, make, present)

    def steps(self, count):
        for _ in range(count):
            self.go.release()


@pytest.fixture
def pupils():
    return Class()


def until(condition):
    for _ in range(500):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError


def test_thirty_equal_orders_are_computed_once(pupils):
    watches = [pupils.order() for _ in range(30)]
    pupils.steps(7)
    for watch in watches:
        watch.join(5)
    assert (pupils.started, pupils.computed) == (1, 7)
    assert {(watch.state, watch.trace()) for watch in watches} == {("done", (7, True))}


def test_another_order_is_another_job(pupils):
    one, two = pupils.order("a"), pupils.order("b")
    assert one.job is not two.job
    for watch in (one, two):
        watch.stop()


def test_stop_leaves_a_shared_job_to_the_others(pupils):
    mine, theirs = pupils.order(), pupils.order()
    pupils.steps(3)
    until(lambda: mine.done_steps == 3)
    mine.stop()
    assert (mine.state, mine.trace(), mine.active) == ("stopped", (3, False), False)
    pupils.steps(4)
    theirs.join(5)
    assert (theirs.state, theirs.trace()) == ("done", (7, True))
    assert (mine.state, mine.trace()) == ("stopped", (3, False))
    mine.go_on()
    assert (mine.state, mine.trace()) == ("done", (7, True))
    assert pupils.computed == 7


def test_the_last_to_stop_ends_it_and_an_order_after_that_starts_afresh(pupils):
    watches = [pupils.order() for _ in range(3)]
    pupils.steps(2)
    until(lambda: watches[0].done_steps == 2)
    for watch in watches:
        watch.stop()
    pupils.steps(1)
    watches[0].job.join(5)
    assert watches[0].job.state == "stopped"
    again = pupils.order()
    assert again.job is not watches[0].job
    pupils.steps(7)
    again.join(5)
    assert again.state == "done"


def test_a_paused_job_goes_on_for_who_wants_it(pupils):
    rest = lambda: iter([False, False, True]).__next__  # noqa: E731
    answers = rest()
    mine = pupils.order(pause=lambda step: answers())
    theirs = pupils.order()
    pupils.steps(3)
    mine.join(5)
    assert (mine.state, theirs.state, mine.done_steps) == ("paused", "paused", 3)
    mine.go_on()
    pupils.steps(4)
    mine.join(5)
    assert (mine.state, mine.trace()) == ("done", (7, True))
    assert (theirs.state, theirs.trace()) == ("paused", (3, False))
    theirs.go_on()
    assert theirs.state == "done"
    assert pupils.computed == 7


def test_who_has_not_looked_since_a_run_came_to_rest_finds_it_there(pupils):
    answers = iter([False, False, True])
    mine = pupils.order(pause=lambda step: next(answers))
    theirs = pupils.order()
    pupils.steps(3)
    mine.join(5)
    mine.go_on()
    pupils.steps(4)
    mine.join(5)
    assert mine.state == "done"
    assert (theirs.state, theirs.done_steps, theirs.trace()) == ("paused", 3, (3, False))


def test_a_run_goes_on_while_somebody_is_there_and_ends_when_nobody_is(pupils):
    """A server too busy to let anybody look is no reason to end what they wait for."""
    open_page = threading.Event()
    open_page.set()
    busy = pupils.order("busy", steps=50)
    waits = pupils.order("waits", steps=60, patience=0.01, present=open_page.is_set)
    until(lambda: pupils.gate.ahead(waits.job) == 1)
    threading.Event().wait(0.1)
    assert waits.active
    open_page.clear()
    waits.join(5)
    assert waits.state == "abandoned"
    busy.stop()
    pupils.steps(1)


def test_nothing_is_remembered_that_nobody_holds(pupils):
    watch = pupils.order()
    pupils.steps(7)
    watch.join(5)
    del watch
    gc.collect()
    pupils.order().stop()
    assert pupils.started == 2
