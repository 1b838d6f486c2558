"""Jobs: they finish, stop, wait their turn, notice that nobody watches, and turn errors into sentences."""

from __future__ import annotations

import threading
import time
import weakref

from masw_core import iterate, load_attack, make_goal
from masw_core.engine.gate import Gate
from masw_core.engine.jobs import Job, ended, sentence_for
from masw_core.trace.recorder import TraceRecorder, trace_header

import numpy as np
import pytest


@pytest.fixture
def order(tagger, images, true):
    """What a job needs: a way to get steps, and a fresh recorder per job."""
    goal, x = make_goal("untargeted", true[:1], 2), images[:1]

    def make(steps=20, pause=None, fail_at=None, error=None):
        attack = load_attack("masw", steps=steps, tau=2.0).prepared(tagger, goal)
        recorder = TraceRecorder(trace_header(attack, tagger, goal, 0), x[0].numpy(), steps)

        def run():
            for step in iterate(attack, tagger, x, goal):
                if step.index == fail_at:
                    raise error
                if pause is not None:
                    pause.wait(5)
                yield step

        return run, recorder

    return make


def finished(job, seconds=10.0):
    job.join(seconds)
    assert not job.active
    return job


def until(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_job_gives_the_trace_of_the_run(order):
    run, recorder = order()
    job = finished(Job(run, recorder, Gate(), total=20).start())
    trace = job.trace()
    assert (job.state, job.progress, job.error) == ("done", 1.0, None)
    assert len(trace) == 21
    assert trace.header["complete"]
    assert isinstance(trace.scores, np.ndarray)


def test_a_job_that_has_ended_for_good_lets_go_of_its_recorder(order):
    run, recorder = order()
    gone = weakref.ref(recorder)
    job = Job(run, recorder, Gate(), total=20)
    del recorder, run
    finished(job.start())
    assert gone() is None
    assert len(job.trace()) == 21


def test_a_job_that_was_done_elsewhere_has_its_record_and_nothing_to_do(order):
    run, recorder = order()
    trace = finished(Job(run, recorder, Gate(), total=20).start()).trace()
    job = ended(trace, len(trace))
    assert (job.state, job.done_steps, job.total, job.progress, job.steps_left) == ("done", 21, 20, 1.0, 0)
    for nothing in (job.stop, job.touch, job.go_on):
        nothing()
    assert job.trace() is trace
    assert not job.active
    assert job.in_line == 0


def test_a_stopped_job_keeps_what_it_had(order):
    pause = threading.Event()
    run, recorder = order(steps=500, pause=pause)
    job = Job(run, recorder, Gate(), total=500).start()
    pause.set()
    until(lambda: job.done_steps >= 3)
    job.stop()
    trace = finished(job).trace()
    assert job.state == "stopped"
    assert 3 <= len(trace) < 501
    assert not trace.header["complete"]


def test_one_job_at_a_time_in_order(order):
    gate, pause = Gate(), threading.Event()
    first, second, third = (Job(*order(pause=pause), gate, total=20).start() for _ in range(3))
    until(lambda: first.state == "running")
    assert (second.state, second.ahead, third.ahead) == ("queued", 1, 2)
    second.stop()
    finished(second)
    assert second.state == "stopped"
    assert third.ahead == 1
    pause.set()
    assert finished(first).state == "done"
    assert finished(third).state == "done"


def test_a_job_nobody_watches_is_abandoned_and_frees_the_gate(order):
    gate, pause = Gate(), threading.Event()
    lonely = Job(*order(steps=500), gate, total=500, patience=0.05)
    time.sleep(0.1)
    lonely.start()
    watched = Job(*order(), gate, total=20).start()
    assert finished(lonely).state == "abandoned"
    pause.set()
    assert finished(watched).state == "done"


def test_a_waiting_job_nobody_watches_leaves_the_line(order):
    gate, pause = Gate(), threading.Event()
    first = Job(*order(pause=pause), gate, total=20).start()
    lonely = Job(*order(), gate, total=20, patience=0.15).start()
    assert finished(lonely, 5).state == "abandoned"
    pause.set()
    assert finished(first).state == "done"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("k = 30 is impossible: choose less"), "k = 30 is impossible: choose less."),
        (MemoryError(), "out of memory"),
        (OSError(28, "No space left on device"), "disk is full"),
        (RuntimeError("who knows"), "server's log"),
    ],
)
def test_errors_become_sentences(order, error, words, caplog):
    run, recorder = order(fail_at=4, error=error)
    job = finished(Job(run, recorder, Gate(), total=20).start())
    assert job.state == "failed"
    assert words in job.error
    assert "Traceback" not in job.error
    assert len(job.trace()) == 4, "what was computed before the error stays"
    assert ("who knows" in caplog.text) == isinstance(error, RuntimeError), "only the unforeseen goes to the log"


def test_an_error_before_the_first_step_leaves_no_trace(order):
    run, recorder = order(fail_at=0, error=ValueError("no"))
    job = finished(Job(run, recorder, Gate()).start())
    assert (job.state, job.trace()) == ("failed", None)


def test_cuda_memory_errors_are_known_by_name():
    class OutOfMemoryError(RuntimeError):
        pass

    assert "smaller model" in sentence_for(OutOfMemoryError("CUDA"))


def test_the_live_trace_is_a_prefix_of_the_final_one(order):
    run, recorder = order(steps=60)
    job = Job(run, recorder, Gate(), total=60).start()
    until(lambda: job.done_steps >= 5)
    live = job.trace()
    final = finished(job).trace()
    np.testing.assert_array_equal(live.scores, final.scores[: len(live)])
