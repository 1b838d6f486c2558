"""Large arrays go back to the system when they are freed, tried in processes of their own."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

SCRIPT = """
import sys
import numpy as np
from masw_core.engine import memory

def megabytes():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 2**20

at_once, between_runs = "at once" in sys.argv, "between runs" in sys.argv
print(at_once and memory.take_large_blocks_from_the_system())
kept, before = [], megabytes()
for _ in range(3):  # glibc by itself takes blocks of this size from its heap once one was freed
    arrays = [np.ones(2**17) for _ in range(100)]
    kept += [bytes(900) for _ in range(100)]
    arrays.pop(0)
    del arrays
print(between_runs and memory.give_back())
print(megabytes() - before)
"""
pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")


def said(*how: str) -> tuple[str, str, float]:
    done = subprocess.run([sys.executable, "-c", SCRIPT, *how], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    at_once, between_runs, left = done.stdout.split()
    return at_once, between_runs, float(left)


def test_large_blocks_go_back_as_soon_as_they_are_freed():
    at_once, _, left = said("at once")
    assert at_once == "True"
    assert left < 20


def test_between_runs_what_is_free_goes_back():
    kept = said()[2]
    _, between_runs, left = said("between runs")
    assert between_runs == "True"
    assert left < 20 < kept
