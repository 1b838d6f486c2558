"""Threads sleep at once in a library, and wait awake for a moment in processes that are ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from masw_core.engine.openmp import SPINS, briefly_awake
from masw_core.engine.worker import Worker

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("environment", [{}, {"OMP_WAIT_POLICY": "PASSIVE"}, {"OMP_WAIT_POLICY": "passive"}])
def test_threads_of_our_own_processes_spin_for_about_a_wake(environment):
    assert briefly_awake(environment) == {**environment, "GOMP_SPINCOUNT": "1000"}


@pytest.mark.parametrize("chosen", [{"GOMP_SPINCOUNT": "0"}, {"OMP_WAIT_POLICY": "ACTIVE"}])
def test_whoever_has_chosen_keeps_their_choice(chosen):
    assert briefly_awake(chosen) == chosen


@pytest.mark.parametrize(("module", "spins"), [("masw_core.attacks", None), ("masw_core.commands.cli", SPINS)])
def test_the_command_line_owns_its_process_and_the_library_does_not(module, spins):
    code = f"import os, {module}; print(os.environ.get('GOMP_SPINCOUNT'))"
    environment = {name: value for name, value in os.environ.items() if name != "GOMP_SPINCOUNT"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(spins)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="reads the environment of a process in /proc")
def test_the_worker_owns_its_process(monkeypatch):
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    worker = Worker(threads=1)
    worker.load("scenes")
    environment = Path(f"/proc/{worker.process}/environ").read_bytes().split(b"\0")
    assert f"GOMP_SPINCOUNT={SPINS}".encode() in environment
