"""Top-k multi-label adversarial attacks as sequences of steps.

The names of the public interface live here and are loaded on first use, so that ``import masw_core``
is instant and pages that need no network never import torch.

    from masw_core import Goal, iterate, load_attack, load_model, run
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

# Two torch threads spin against any other busy process on a small machine and a step gets up to thirty
# times slower; OpenMP reads this once, when torch is imported, so it stands before everything else.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

if TYPE_CHECKING:
    from masw_core.attacks import attack_info, list_attacks, load_attack
    from masw_core.data import list_datasets, load_dataset
    from masw_core.engine.loop import iterate
    from masw_core.engine.running import Result, run
    from masw_core.models import MultiLabelModel, list_models, load_model
    from masw_core.task.goals import Goal
    from masw_core.task.targets import choose_targets, make_goal
    from masw_core.trace.trace import Trace
    from masw_core.views.notebook import plot, save_report

_HOME = {
    "Goal": "masw_core.task.goals",
    "MultiLabelModel": "masw_core.models",
    "Result": "masw_core.engine.running",
    "Trace": "masw_core.trace.trace",
    "attack_info": "masw_core.attacks",
    "choose_targets": "masw_core.task.targets",
    "iterate": "masw_core.engine.loop",
    "list_attacks": "masw_core.attacks",
    "list_datasets": "masw_core.data",
    "list_models": "masw_core.models",
    "load_attack": "masw_core.attacks",
    "load_dataset": "masw_core.data",
    "load_model": "masw_core.models",
    "make_goal": "masw_core.task.targets",
    "plot": "masw_core.views.notebook",
    "run": "masw_core.engine.running",
    "save_report": "masw_core.views.notebook",
}
__all__ = [
    "Goal",
    "MultiLabelModel",
    "Result",
    "Trace",
    "attack_info",
    "choose_targets",
    "iterate",
    "list_attacks",
    "list_datasets",
    "list_models",
    "load_attack",
    "load_dataset",
    "load_model",
    "make_goal",
    "plot",
    "run",
    "save_report",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Load a public name from the module that owns it, the first time it is asked for."""
    if name not in _HOME:
        raise AttributeError(f"module 'masw_core' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
