"""The 2-D problems: Fig. 1 (a), (b), (c) and the convergence film, their networks, and networks of your own.

``TOYS`` names them without importing torch; ``load_toy(name)`` and ``train_toy(points, labels)`` build them.
"""

from typing import TYPE_CHECKING, Any

from masw_core.toy.layouts import LAYOUTS, Layout, Region

if TYPE_CHECKING:
    from masw_core.toy.problem import Toy, ToyModel, load_toy, train_toy

TOYS = tuple(LAYOUTS)
__all__ = ["LAYOUTS", "TOYS", "Layout", "Region", "Toy", "ToyModel", "load_toy", "train_toy"]


def __getattr__(name: str) -> Any:
    if name in ("Toy", "ToyModel", "load_toy", "train_toy"):
        from masw_core.toy import problem

        return getattr(problem, name)
    raise AttributeError(f"module 'masw_core.toy' has no attribute {name!r}")
