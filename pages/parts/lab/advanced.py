"""The folded settings, one widget per field of the attack's dataclass, so that new attacks appear by themselves.

Every widget starts empty, which means "as the preset and the model say"; only what somebody sets is passed on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from masw_core.views.glossary import has_term, tooltip
from pages.shared.lesson import ADVANCED, control
from pages.shared.links import LAB

import streamlit as st

if TYPE_CHECKING:
    from masw_core.attacks import AttackInfo
    from masw_core.settings import Setting

MOST_STEPS = 1000
PANEL = LAB.widget(ADVANCED)
BASIC = ("steps", "tau", "step_size", "weighting", "space", "form", "epsilon0", "eta")  # shown first, in this order
NAMES = {
    "spw": "SPW (self-paced weighting)",
    "spl": "SPL (ε only grows)",
    "fixed": "fixed ε",
    "threshold": "hard threshold",
    "uniform": "uniform (all 1)",
    "manual": "by hand",
    "tau": "τ, largest L2 norm",
    "eta": "η, growth of ε",
    "epsilon0": "ε⁰, first threshold",
    "nu": "ν",
    "lambda1": "λ₁ (rank constraints)",
    "lambda2": "λ₂ (flip constraints)",
}


def advanced(info: AttackInfo, preset: str, tau: float | None) -> dict[str, Any]:
    """Show the settings of an attack that are numbers, choices or texts, and return those that were set.

    Args:
        info: the attack.
        preset: whose values the empty boxes show.
        tau: what the model recommends for this case.
    """
    shown = sorted(
        (setting for setting in info.settings if setting.kind != "other"),  # no widget holds a generator or a matrix
        key=lambda setting: BASIC.index(setting.name) if setting.name in BASIC else len(BASIC),
    )
    chosen: dict[str, Any] = {}
    with st.grid("auto", min_column_width=210):
        for setting in shown:
            default = info.presets[preset].get(setting.name, setting.default)
            if setting.name == "tau" and default is None:
                default = tau
            with control(PANEL, LAB.setting(info.name, setting.name).key):
                value = _widget(info.name, setting, default)
            if value is not None:
                chosen[setting.name] = value
    return chosen


def shown_as(setting: Setting, value: Any) -> Any:
    """A setting's value as its widget has it; None where the widget cannot have it."""
    if setting.kind == "bool":
        return "yes" if value else "no"
    if setting.kind == "int":
        return value if 1 <= value <= (MOST_STEPS if setting.name == "steps" else 10**9) else None
    if setting.kind == "float":
        return float(value) if 0 <= value < float("inf") else None
    return value if setting.kind in ("choice", "str") else None


def _help(setting: Setting) -> str | None:
    """What the symbol means, and what the attack's docstring says of it."""
    return (tooltip(setting.name, more=setting.note) if has_term(setting.name) else setting.note) or None


def _widget(attack: str, setting: Setting, default: Any) -> Any:
    """One setting; None means that nobody touched it."""
    name = setting.name
    parameter = LAB.setting(attack, name)
    common: dict[str, Any] = {**parameter.bound, "help": _help(setting)}
    label = NAMES.get(name, name.replace("_", " "))
    hint = "chosen by case" if default is None else f"{NAMES.get(str(default), default)}"
    if setting.kind == "bool":
        answer = st.selectbox(label, ["yes", "no"], index=None, placeholder=hint, **common)
        return None if answer is None else answer == "yes"
    if setting.kind == "int":
        most = MOST_STEPS if name == "steps" else None
        return st.number_input(label, 1, most, value=None, step=1, placeholder=hint, **common)
    if setting.kind == "float":
        return st.number_input(label, 0.0, value=None, step=None, format="%g", placeholder=hint, **common)
    if setting.kind == "choice":
        common |= parameter.bound_as(lambda v: NAMES.get(v, v))
        return st.selectbox(label, setting.choices, index=None, placeholder=hint, **common)
    return st.text_input(label, value="", placeholder=hint, **common) or None
