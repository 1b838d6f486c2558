"""Algorithm 1 as it is printed, line by line, and which of its lines a step of a run has executed."""

from __future__ import annotations

from masw_core.views.replay import Replay
from masw_core.weighting.branches import FELL, ROSE, START

import numpy as np

LINES = (
    "Initialize L⁰ = +∞, ε⁰, ζ⁰ and w⁰;",
    "for t = 1 to T",
    "  Update ζᵗ, zᵗ by solving (14);",
    "  Calculate Lagrangian value Lᵗ of (14);",
    "  if Lᵗ < Lᵗ⁻¹ then εᵗ = η · εᵗ⁻¹; z* = zᵗ;",
    "  else εᵗ = (εᵗ⁻¹ + εᵗ⁻²) / 2; Lᵗ = Lᵗ⁻¹; εᵗ⁻¹ = εᵗ⁻²;",
    "  if ‖∇Lᵗ‖₂ ≤ 10⁻³ then break;",
    "  Update wᵗ by using Eq. (24);",
    "return z*.",
)
_ALWAYS = (2, 3, 4, 7, 8)  # at every step but the first: the loop, the move, L, the test whether to end, the weights
_BRANCH = {FELL: 5, ROSE: 6}


def lit_lines(branch: int) -> tuple[int, ...]:
    """The lines, from 1, that a step of this branch has executed; of lines 5 and 6 it is one or the other."""
    if branch == START:
        return (1,)
    taken = (_BRANCH[branch],) if branch in _BRANCH else ()
    return tuple(sorted((*_ALWAYS, *taken)))


def decided_at(branch: int) -> int | None:
    """The line that made this step's epsilon."""
    return 1 if branch == START else _BRANCH.get(branch)


def walk(run: Replay, run_id: str, code: bool = True) -> dict[str, object]:
    """What the walk player needs: per step the lit lines, slack and weight of every constraint, ε, L, a sentence.

    Args:
        run: a run of MASW.
        run_id: what tells it from others; the player keeps its cursor while it stays the same.
        code: show Algorithm 1 beside the constraints.
    """
    return {
        "id": run_id,
        "n": len(run),
        "lines": list(LINES) if code else [],
        "lit": [lit_lines(int(branch)) for branch in run.branch],
        "decided": [decided_at(int(branch)) for branch in run.branch],
        "bars": [{"name": row["name"], "wants": row["wants"]} for row in run.constraints],
        "slack": np.round(run.slack, 3).tolist(),
        "weights": np.round(run.weights, 3).tolist(),
        "met": (run.values >= 0).tolist(),
        "most": float(run.slack.max()),
        "epsilon": [float(f"{value:.4g}") for value in run.epsilon],
        "lagrangian": [float(f"{value:.4g}") for value in run.lagrangian],
        "sentences": list(run.data["sentences"]),
    }
