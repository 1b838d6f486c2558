"""The link to a universal run."""

from __future__ import annotations

from typing import Any

from pages.parts.universal.state import UniversalOrder
from pages.shared.links import UNIVERSAL


def own_query(order: UniversalOrder) -> dict[str, Any]:
    """The page set as a run was; only what differs from the defaults."""
    from masw_core.models import list_models
    from masw_core.universal.presets import universal_preset

    title = next(info.title for info in list_models() if info.name == order.model)
    query = UNIVERSAL.query(model=title, attack=universal_preset(order.attack).title)
    set_here = {name: getattr(order, name) for name in ("k", "passes", "samples", "seed", "held_out")}
    set_here |= dict(order.inner) | dict(order.outer)
    for name, value in set_here.items():
        parameter = getattr(UNIVERSAL, name)
        query |= parameter.query(value) if value != parameter.default else {}
    return query
