"""Names of what can run in the plane, as people read them. No torch, so that every page may show them."""

from __future__ import annotations

OWN = "own"
PROBLEM_TITLES = {"film": "Film", "fig1a": "Fig. 1a", "fig1b": "Fig. 1b", "fig1c": "Fig. 1c", OWN: "Own data"}
ATTACK_TITLES = {"masw": "MASW", "tkml": "TkML", "pgd": "PGD", "kfool": "kFool"}
WEIGHTING_TITLES = {"spw": "SPW", "uniform": "uniform", "fixed": "fixed ε", "spl": "SPL"}
