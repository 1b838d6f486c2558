"""A measurement made twice: in a process whose threads sleep between two pieces of work, and in one where they stay
awake for a moment. The first is how the library comes, the second how the command line and the explorer's worker run
(``masw_core/engine/openmp.py``). OpenMP reads it once, so each is a process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

from masw_core.engine.openmp import SPINS

WAITS = {"Threads that sleep at once": "0", f"Threads that stay awake for {int(SPINS):,} rounds": SPINS}


def tables(module: str, arguments: list[str]) -> Iterator[str]:
    """The lines that ``python -m MODULE --table ARGUMENTS`` prints, under a heading each; shown as they come."""
    for heading, spins in WAITS.items():
        yield from ("", f"## {heading}", "")
        environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": spins}
        command = [sys.executable, "-m", module, "--table", *arguments]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                print(line, end="", flush=True)
                yield line.rstrip("\n")
        if process.returncode:
            raise SystemExit(process.returncode)
