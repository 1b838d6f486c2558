"""The preset cards of the home page, as data: a run worth looking at, and what to look at.

``settings`` are query parameters of the lab, under the names people read there.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Preset:
    """One card."""

    title: str
    icon: str
    text: str
    settings: dict[str, str]


PRESETS: tuple[Preset, ...] = ()
