"""The columns of ``results.csv`` and ``samples.csv``, for whoever measures, reads or shows them. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from masw_core.survival.degradations import DEGRADATIONS

KEY = ("dataset", "model", "case", "k", "attack", "seed", "tau_share")
RATES = ("asr", "sasr", "pert_eq27", "pert_table", "lfr", "sac", "fluctuation")
COSTS = ("seconds_per_image", "forwards", "backwards", "samples")
MORE = ("afd", "asr_eq25", "norm", "norm_success", "fluctuating", "fluctuation_shared", "tau", "steps")
SURVIVES = tuple(f"survives_{way.name}" for way in DEGRADATIONS)  # shares of the successes, only with --survival
COLUMNS = (*KEY, *RATES, *COSTS, *MORE)
SAMPLE_COLUMNS = (*KEY, "image", "success", "slc", "slf", "soft_ac", "afd", "norm", "iterations", "fluctuation")
VALUES = (*RATES, *COSTS, *MORE)


def key_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Which cell a row is about, as text; a row without ``tau_share`` was measured in the whole ball."""
    share = f"{float(row.get('tau_share', 1)):g}"
    return (*(str(row[name]) for name in KEY[:-1]), share)
