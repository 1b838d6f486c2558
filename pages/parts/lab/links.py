"""How a link to the lab sets an attack: its preset, and every setting that is not the preset's.

Importing this module needs no torch, calling it does: the registry of attacks is asked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pages.parts.lab.advanced import NAMES
from pages.shared.links import LAB
from pages.shared.task_link import task_query

if TYPE_CHECKING:
    from masw_core.attacks import Attack
    from masw_core.benchmark.methods import Method
    from masw_core.models import ModelInfo
    from masw_core.settings import Setting
    from pages.parts.lab.state import Order


def attack_and_settings(method: Method, model: ModelInfo, case: str, steps: float, tau: float) -> dict[str, Any]:
    """The query parameters that set the lab's attack, its preset and every setting that is not the preset's."""
    from masw_core.attacks import attack_info

    info = attack_info(method.name)
    query = LAB.query(attack=info.title) if info.name != LAB.attack.default else {}
    chosen = LAB.preset(info.name)
    query |= chosen.query(method.preset) if method.preset != chosen.default else {}
    recommended = model.recommended_tau.get(case)
    attack = _as_measured(method, steps, recommended if tau != tau else tau)
    preset = info.presets[method.preset]
    for setting in info.settings:
        value, shown = getattr(attack, setting.name), preset.get(setting.name, setting.default)
        if setting.name == "tau" and shown is None:
            shown = recommended
        if value != shown and (text := _as_read(setting, value)) is not None:
            query |= LAB.setting(info.name, setting.name).query(text)
    return query


def own_query(order: Order, step: int) -> dict[str, Any]:
    """The lab set as a run was, to open at a step."""
    from masw_core.attacks import attack_info

    info = attack_info(order.attack)
    query = task_query(order, LAB) | LAB.query(step=step)
    query |= LAB.query(attack=info.title) if info.name != LAB.attack.default else {}
    chosen = LAB.preset(info.name)
    query |= chosen.query(order.preset) if order.preset != chosen.default else {}
    settings = {setting.name: setting for setting in info.settings}
    for name, value in order.settings:
        if (text := _as_read(settings[name], value)) is not None:
            query |= LAB.setting(info.name, name).query(text)
    return query


def written(value: float) -> str:
    """A number as short as it can be read back."""
    short = f"{value:.6g}"
    return short if float(short) == value else repr(value)


def _as_measured(method: Method, steps: float, tau: float | None) -> Attack:
    """The attack of the row: ``steps`` is what it really took, after the allowance of the comparison."""
    from masw_core.attacks.base import LossAttack

    if steps != steps:
        attack = method.attack(None, tau or 1.0)
        return attack if tau else replace(attack, tau=None)
    attack = method.attack(int(steps), tau or 1.0)
    return attack if isinstance(attack, LossAttack) else replace(attack, steps=int(steps))


def _as_read(setting: Setting, value: Any) -> str | None:
    """A setting as the lab's links have it; None if the lab has no widget for such a value."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return written(value)
    if isinstance(value, str):
        return NAMES.get(value, value) if setting.kind == "choice" else value
    return None
