"""The process that computes is killed in a run: one sentence, what was shown stays, and the next run works."""

from __future__ import annotations

import os
import signal
import time

from masw_core.engine import IN_PROCESS
from masw_core.engine.worker import DIED
from pages.shared import compute

from lab_driver import job_of, open_lab


def until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def started(at, steps):
    """Press Run and wait for so many steps."""
    at.button(key="lab_run").click().run()
    assert not at.exception, at.exception
    job = job_of(at)
    until(lambda: job.done_steps >= steps or not job.active)
    return job


def test_a_killed_process_costs_one_sentence(monkeypatch):
    monkeypatch.delenv(IN_PROCESS)
    compute.worker.clear()
    at = open_lab(lab_model="scenes", lab_masw_steps="900", lab_masw_tau="0.01")
    job = started(at, steps=3)
    worker = compute.worker()
    killed = worker.process
    os.kill(killed, signal.SIGKILL)
    job.join(30)
    at.run()
    assert not at.exception, at.exception
    assert [error.value for error in at.error] == [DIED]
    assert len(job.trace()) >= 3
    assert any("in numbers" in text.value for text in at.subheader), "the run's steps can still be explored"
    again = started(at, steps=2)
    assert again.state == "running", again.error
    assert worker.process not in (None, killed)
    again.stop()
    again.join(30)
    compute.worker.clear()
