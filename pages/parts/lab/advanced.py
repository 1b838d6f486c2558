"""The folded settings, one widget per field of the attack's dataclass, so that new attacks appear by themselves.

Every widget starts empty, which means "as the preset and the model say"; only what somebody sets is passed on.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    from masw_core.attacks import AttackInfo

MOST_STEPS = 1000
BASIC = ("steps", "tau", "step_size", "weighting", "space", "form", "epsilon0", "eta")  # shown first, in this order

KINDS = ("bool", "int", "float", "str")  # a generator or a matrix is for the library: no widget can hold one

# The choices of text settings. The core checks them again; a setting that is not listed gets a text box.
CHOICES = {
    "form": ("quadratic", "lagrangian", "linear"),
    "space": ("logit", "probability"),
    "slack": ("closed-form", "gradient"),
    "reference": ("flow", "hold", "spread", "lagging"),
    "weighting": ("spw", "spl", "fixed", "threshold", "uniform", "manual"),
    "epsilon_scale": ("relative", "absolute"),
    "compare": ("same-weights", "literal"),
    "step_rule": ("unit", "raw", "sign"),
}
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
    notes = field_notes(info.build)
    shown = sorted(
        (f for f in fields(info.build) if f.name in CHOICES or str(f.type).startswith(KINDS)),  # type: ignore[arg-type]
        key=lambda f: BASIC.index(f.name) if f.name in BASIC else len(BASIC),
    )
    chosen: dict[str, Any] = {}
    with st.grid("auto", min_column_width=210):
        for field in shown:
            default = info.presets[preset].get(field.name, field.default)
            if field.name == "tau" and default is None:
                default = tau
            value = _widget(info.name, field.name, str(field.type), default, notes.get(field.name, ""))
            if value is not None:
                chosen[field.name] = value
    return chosen


def _widget(attack: str, name: str, kind: str, default: Any, note: str) -> Any:
    """One setting; None means that nobody touched it."""
    common: dict[str, Any] = {"key": f"lab_{attack}_{name}", "help": note or None, "bind": "query-params"}
    label = NAMES.get(name, name.replace("_", " "))
    hint = "chosen by case" if default is None else f"{NAMES.get(str(default), default)}"
    if kind.startswith("bool"):
        answer = st.selectbox(label, ["yes", "no"], index=None, placeholder=hint, **common)
        return None if answer is None else answer == "yes"
    if kind.startswith("int"):
        most = MOST_STEPS if name == "steps" else None
        return st.number_input(label, 1, most, value=None, step=1, placeholder=hint, **common)
    if kind.startswith("float"):
        return st.number_input(label, 0.0, value=None, step=None, format="%g", placeholder=hint, **common)
    if name in CHOICES:
        return st.selectbox(
            label, CHOICES[name], index=None, placeholder=hint, format_func=lambda v: NAMES.get(v, v), **common
        )
    return st.text_input(label, value="", placeholder=hint, **common) or None


def field_notes(build: Any) -> dict[str, str]:
    """What the docstrings of an attack and of its bases say about each field (their ``Attributes:`` sections)."""
    notes: dict[str, str] = {}
    for owner in reversed(inspect.getmro(build)):
        text = inspect.cleandoc(owner.__dict__.get("__doc__") or "")
        section = re.search(r"^Attributes:\n((?:[ ]+.*\n?|\n)+)", text, re.MULTILINE)
        if not section:
            continue
        for entry in re.split(r"\n(?=    \w)", "\n" + section.group(1)):
            head, colon, rest = entry.strip().partition(":")
            if colon and all(name.strip().isidentifier() for name in head.split(",")):
                for name in head.split(","):
                    notes[name.strip()] = re.sub(r"\s+", " ", rest).replace("``", "`").strip()
    return notes
