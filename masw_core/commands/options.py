"""What commands share: settings written as ``name=value``, and a folder that can be written to."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any


def settings_from(pairs: list[str]) -> dict[str, Any]:
    """``name=value`` pairs; numbers, None and booleans are read as such, anything else as text."""
    settings = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.isidentifier():
            raise ValueError(f"--set {pair}: write it as name=value, such as --set eta=1.05.")
        try:
            settings[name] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            settings[name] = float("inf") if value == "inf" else value
    return settings


def writable(folder: Path) -> None:
    """Fail before the work, not after it."""
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / ".writable"
    probe.touch()
    probe.unlink()
