"""What other libraries call the settings of an attack, so that a sentence can say what they are called here.

None of the names is accepted: an ``eps`` of foolbox or torchattacks is an L-infinity or an L2 radius of [0, 1] images
and tau is an L2 radius of [-1, 1] images, so the number would be another one. docs/coming-from.md has the whole table.
"""

from __future__ import annotations

from collections.abc import Collection

from masw_core.settings import shown

ELSEWHERE = {
    "tau": ("eps", "epsilon", "epsilons", "max_norm"),
    "step_size": ("alpha", "stepsize", "abs_stepsize", "eps_iter", "eps_step", "lr"),
    "steps": ("iterations", "max_iter", "max_iterations", "nb_iter", "num_iter", "num_steps"),
}
UNITS = {
    "tau": ", an L2 radius of [-1, 1] images, so an L2 radius of 1 for [0, 1] images is tau=2",
    "step_size": ", a length in [-1, 1] images",
    "steps": "",
}


def no_such_setting(attack: str, name: str, known: Collection[str]) -> str:
    """One sentence on a setting that an attack does not have; a name from elsewhere is told ours."""
    for ours, theirs in ELSEWHERE.items():
        if name in theirs and ours in known:
            return f"{attack} has no setting {shown(name)}: it is called {ours} here{UNITS[ours]}."
    return f"{attack} has no setting {shown(name)}: it takes {', '.join(known)}."
