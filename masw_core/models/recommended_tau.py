"""How far an attack may go on each model: the largest L2 norm offered by default, per case.

The paper's own values (2, 10, 100) fit no embedded model: everything succeeds at once or nothing does.
The tables beside this file hold, in the [-1, 1] space of the images at the model's input size, about the median
norm that a good attack needs for one image, and the norm at which one perturbation shared by all images begins to
fool most of them.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


@cache
def _table(file: str) -> dict[str, Any]:
    return json.loads((_FOLDER / file).read_text(encoding="utf-8"))


def recommended_tau(name: str) -> dict[str, float]:
    """Radius per case (untargeted, best, random, worst) for a model name; ``torchvision:x`` share one row.

    A name without a row gets the one called ``custom``.
    """
    table = _table("recommended_tau.json")
    return dict(table.get(name.partition(":")[0], table["custom"]))


def recommended_universal_tau(name: str) -> float | None:
    """Radius of a perturbation shared by all images, for a model name; None if nothing was measured."""
    return _table("recommended_universal_tau.json").get(name)
