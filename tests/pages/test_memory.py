"""Large arrays of a server go back to the system when they are freed, each in a process of its own."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

from masw_core.engine import IN_PROCESS

import pytest

SCRIPT = """
import numpy as np
from pages.shared.memory import give_back

def megabytes():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 2**20

print(give_back())
kept, before = [], megabytes()
for _ in range(3):  # glibc by itself would take blocks of this size from its heap once one was freed
    arrays = [np.ones(2**17) for _ in range(100)]
    kept += [bytes(900) for _ in range(100)]
    arrays.pop(0)
    del arrays
print(megabytes() - before)
"""
glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")


def said(**environment: str) -> list[str]:
    clean = {name: value for name, value in os.environ.items() if name != IN_PROCESS}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=clean | environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@glibc
def test_what_is_freed_goes_back():
    changed, left = said()
    assert changed == "True"
    assert float(left) < 20


def test_a_server_that_computes_attacks_keeps_the_quicker_way():
    assert said(**{IN_PROCESS: "1"})[0] == "False"
