"""How restless a run in the plane is: distances, boundary crossings, rises of the Lagrangian."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from masw_core.trace.trace import Trace

RESTS = 1e-6  # shorter moves count as standing still


@dataclass(frozen=True)
class Fluctuation:
    """Numbers of one run.

    Attributes:
        travelled: length of the path. gained: distance from its first point to its last.
        crossings: how often a constraint changed between held and violated from one step to the next.
        rises: steps at which the attack's own Lagrangian was higher than at the step before.
        late: length of the last third of the path; 0 when the attack has come to rest.
    """

    travelled: float
    gained: float
    crossings: int
    rises: int
    late: float

    @property
    def ratio(self) -> float:
        """Distance travelled over distance gained: 1 on a straight line; infinite if it ends where it began."""
        return self.travelled / self.gained if self.gained > RESTS else float("inf" if self.travelled > RESTS else 1)


def path_of(trace: Trace) -> np.ndarray[Any, Any]:
    """(n, 2) the points of a run in the plane."""
    return trace.image + trace.exact


def fluctuation_of(trace: Trace) -> Fluctuation:
    """The numbers of a 2-D run (its perturbations are kept at every step)."""
    path = path_of(trace)
    moves = np.linalg.norm(np.diff(path, axis=0), axis=1)
    held = trace.constraints >= 0
    change = np.diff(trace.lagrangian)
    return Fluctuation(
        travelled=float(moves.sum()),
        gained=float(np.linalg.norm(path[-1] - path[0])),
        crossings=int((held[1:] != held[:-1]).sum()),
        rises=int((change > RESTS * (1 + np.abs(trace.lagrangian[1:]))).sum()),
        late=float(moves[-len(moves) // 3 :].sum()),
    )
