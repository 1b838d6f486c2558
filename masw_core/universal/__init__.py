"""Universal untargeted attacks: one perturbation for all samples, driven by any untargeted attack (Alg. 2 and S.2).

    from masw_core.universal import load_universal, run_universal
    result = run_universal(load_universal("masw", passes=5), model, x, true, k=3)

The names are loaded on first use, so that the table of presets can be read without torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from masw_core.universal.checkpoint import load_checkpoint, save_checkpoint
    from masw_core.universal.config import Universal
    from masw_core.universal.driver import iterate_universal
    from masw_core.universal.evaluate import Rates, evaluate_universal, random_noise
    from masw_core.universal.presets import UNIVERSALS, load_universal
    from masw_core.universal.result import UniversalResult, run_universal
    from masw_core.universal.step import UniversalStep

_HOME = {
    "Rates": "evaluate",
    "UNIVERSALS": "presets",
    "Universal": "config",
    "UniversalResult": "result",
    "UniversalStep": "step",
    "evaluate_universal": "evaluate",
    "iterate_universal": "driver",
    "load_checkpoint": "checkpoint",
    "load_universal": "presets",
    "random_noise": "evaluate",
    "run_universal": "result",
    "save_checkpoint": "checkpoint",
}
__all__ = [
    "UNIVERSALS",
    "Rates",
    "Universal",
    "UniversalResult",
    "UniversalStep",
    "evaluate_universal",
    "iterate_universal",
    "load_checkpoint",
    "load_universal",
    "random_noise",
    "run_universal",
    "save_checkpoint",
]


def __getattr__(name: str) -> Any:
    """Load a public name from the module that owns it, the first time it is asked for."""
    if name not in _HOME:
        raise AttributeError(f"module 'masw_core.universal' has no attribute {name!r}")
    value = getattr(import_module(f"masw_core.universal.{_HOME[name]}"), name)
    globals()[name] = value
    return value
