"""How far an attack may go on each model: the largest L2 norm offered by default, per case.

The paper's own values (2, 10, 100) fit no embedded model: everything succeeds at once or nothing does.
The table beside this file holds about the median norm a good attack needs, in the [-1, 1] space of the
images at the model's input size.
"""

import json
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("recommended_tau.json")


@cache
def _table() -> dict[str, dict[str, float]]:
    return json.loads(_TABLE.read_text(encoding="utf-8"))


def recommended_tau(name: str) -> dict[str, float]:
    """Radius per case (untargeted, best, random, worst) for a model name; ``torchvision:x`` share one row.

    A name without a row gets the one called ``custom``.
    """
    table = _table()
    return dict(table.get(name.partition(":")[0], table["custom"]))
