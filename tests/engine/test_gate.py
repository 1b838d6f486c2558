"""The gate: one job at a time, short ones overtake, nobody starves, and what it says of the time left."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from masw_core.engine.gate import FAIR, Gate

import pytest
from hypothesis import given
from hypothesis import strategies as st


@dataclass(eq=False)
class Work:
    """A job of so many steps that does nothing."""

    steps_left: int
    kind: str = ""
    gives_up: bool = False
    trail: list[Work] = field(default_factory=list)

    def run(self, gate: Gate) -> None:
        while self.steps_left and gate.wait(self, look=0.01):
            self.trail.append(self)
            self.steps_left -= 1
        gate.leave(self)


def worked(*sizes: int, slice_seconds: float = 0.0) -> list[int]:
    """Let jobs of these sizes line up in this order and run; whose turn it was, step by step."""
    gate, trail = Gate(slice_seconds), []
    jobs = [Work(size, trail=trail) for size in sizes]
    for job in jobs:
        gate.join(job)
    threads = [threading.Thread(target=job.run, args=(gate,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)
    return [jobs.index(job) for job in trail]


@given(st.lists(st.integers(1, 12), min_size=1, max_size=6))
def test_every_job_makes_all_its_steps(sizes):
    turns = worked(*sizes)
    assert [turns.count(n) for n in range(len(sizes))] == sizes


def test_a_short_job_ends_before_a_long_one_that_came_first():
    turns = worked(60, 5)
    assert turns.index(1) <= 2
    assert turns[:20].count(1) == 5


def test_equal_jobs_end_in_the_order_in_which_they_came():
    turns = worked(20, 20, 20)
    ends = [len(turns) - turns[::-1].index(n) for n in range(3)]
    assert ends == sorted(ends)
    assert ends[0] <= 20 * FAIR / (FAIR - 1) + FAIR


def test_a_long_job_is_served_while_short_ones_keep_coming():
    """At least every 5 n slices each of n jobs has one, whatever overtakes it."""
    gate, trail = Gate(0.0), []
    long = Work(1000, trail=trail)
    gate.join(long)
    stream = [Work(3, trail=trail) for _ in range(20)]
    for short in stream[:2]:
        gate.join(short)
    waiting = stream[2:]
    while any(job.steps_left for job in stream):
        holder = gate._now.job
        holder.trail.append(holder)
        holder.steps_left -= 1
        if holder.steps_left:
            gate._passed_on(holder)
        else:
            gate.leave(holder)
            if waiting:
                gate.join(waiting.pop(0))
    gaps, last = [], 0
    for n, job in enumerate(trail):
        if job is long:
            gaps.append(n - last)
            last = n
    assert gaps
    assert max(gaps) <= FAIR * 3


def test_a_slice_is_not_cut_short():
    turns = worked(30, 4, slice_seconds=60.0)
    assert turns == [0] * 30 + [1] * 4


def test_who_gives_up_gets_no_turn():
    gate = Gate()
    first, second = Work(5), Work(5)
    gate.join(first)
    gate.join(second)
    second.gives_up = True
    assert not gate.wait(second)
    gate.leave(second)
    assert gate.ahead(second) == 0
    assert len(gate) == 1


def test_what_is_said_of_the_time_left():
    gate = Gate()
    quick, slow = Work(10, "quick"), Work(10, "slow")
    gate.measured("quick", 1.0)
    gate.measured("slow", 2.0)
    gate.join(slow)
    assert (gate.ahead(slow), gate.seconds(slow)) == (0, 20.0)
    gate.join(quick)
    assert (gate.ahead(quick), gate.ahead(slow)) == (0, 1)
    assert gate.seconds(slow) == pytest.approx(30.0)
    assert gate.seconds(quick) == pytest.approx(10.0 * FAIR / (FAIR - 1))
