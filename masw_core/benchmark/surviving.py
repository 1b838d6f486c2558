"""The columns of ``--survival``: what share of a cell's successes survives each degradation."""

from __future__ import annotations

from masw_core.benchmark.columns import SURVIVES
from masw_core.benchmark.outcome import Outcome
from masw_core.models import MultiLabelModel
from masw_core.survival.judge import scores_after, survived


def survival_columns(outcome: Outcome, model: MultiLabelModel) -> dict[str, float]:
    """``SURVIVES``, each in [0, 1]; NaN where there is no success. The definition is that of ``judge.survived``."""
    reached = outcome.goal.success(outcome.scores)
    if not bool(reached.any()):
        return dict.fromkeys(SURVIVES, float("nan"))
    adversarial, clean = (scores_after(model, x[reached]).cpu() for x in (outcome.adversarial, outcome.x))
    shares = survived(outcome.goal[reached], adversarial, clean).double().mean(1)
    return dict(zip(SURVIVES, shares.tolist(), strict=True))
