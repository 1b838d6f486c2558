"""How long torch's threads wait awake for their next piece of work, in processes that are ours alone.

A step of a small network is hundreds of pieces of some microseconds, and a thread that sleeps takes 45 microseconds to
wake. Threads that spin for ever are a trap where anything else runs (``masw_core/__init__.py``), so the library lets
them sleep at once. The command line and the worker of the explorer own their process and let them spin for about as
long as a wake takes, which at worst doubles what a piece costs (docs/decisions.md has the figures).
"""

from __future__ import annotations

from collections.abc import Mapping

SPINS = "1000"  # rounds of libgomp, the OpenMP of torch's Linux wheels; other libraries do not read it


def briefly_awake(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for such a process; whoever has chosen how threads wait keeps their choice."""
    chosen = "GOMP_SPINCOUNT" in environment or environment.get("OMP_WAIT_POLICY", "PASSIVE").upper() != "PASSIVE"
    return dict(environment) if chosen else {**environment, "GOMP_SPINCOUNT": SPINS}
