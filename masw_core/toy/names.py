"""Names of what can run in the plane, as people read them.

No torch, so that every page may show them; only ``attack_titles``, which asks the registry, loads it.
"""

from __future__ import annotations

OWN = "own"
PROBLEM_TITLES = {"film": "Film", "fig1a": "Fig. 1a", "fig1b": "Fig. 1b", "fig1c": "Fig. 1c", OWN: "Own data"}
FILM_TITLES = {"masw": "MASW", "tkml": "TkML", "pgd": "PGD", "kfool": "kFool"}  # the attacks that the film shows
WEIGHTING_TITLES = {"spw": "SPW", "uniform": "uniform", "fixed": "fixed ε", "spl": "SPL"}


def attack_titles() -> dict[str, str]:
    """Name and title of every attack that runs in the plane, those of the film first."""
    from masw_core.attacks import list_attacks

    found = {info.name: info.title for info in list_attacks() if info.in_plane}
    return {name: found[name] for name in (*FILM_TITLES, *(name for name in found if name not in FILM_TITLES))}
