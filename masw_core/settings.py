"""Settings of attacks, models and runs: their checks, and their form as text, ``name=value``."""

from __future__ import annotations

import ast
from typing import Any


def settings_from(pairs: list[str]) -> dict[str, Any]:
    """``name=value`` pairs; numbers, None and booleans are read as such, anything else as text.

    Raises:
        ValueError: a pair is not written like that.
    """
    settings: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.isidentifier():
            raise ValueError(f"Setting {pair!r}: write it as name=value, such as eta=1.05.")
        try:
            settings[name] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            settings[name] = float("inf") if value == "inf" else value
    return settings


def choose(field: str, value: str, allowed: tuple[str, ...]) -> None:
    """Raise ``ValueError`` naming the field, the value and the choices unless ``value`` is one of them."""
    require(value in allowed, f"{field} = {value!r} is unknown: choose one of {', '.join(allowed)}.")


def require(condition: bool, sentence: str) -> None:
    if not condition:
        raise ValueError(sentence)
