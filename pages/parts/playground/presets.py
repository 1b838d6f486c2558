"""The preset cards of the playground, as data: what to look at, and the settings that show it.

``settings`` are values of the playground's widgets; ``link`` writes them as query parameters for other pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from masw_core.toy.names import FILM_TITLES, PROBLEM_TITLES, WEIGHTING_TITLES
from pages.parts.playground.defaults import STRIPES

MODE_TITLES = {"run": "Run attacks", "candidates": "Compare two points", "paint": "Paint data"}
TITLES: dict[str, dict[str, str]] = {
    "play_problem": PROBLEM_TITLES,
    "play_mode": MODE_TITLES,
    "play_attacks": FILM_TITLES,
    "play_weighting": WEIGHTING_TITLES,
}


@dataclass(frozen=True)
class PlaygroundPreset:
    """One card."""

    key: str
    title: str
    icon: str
    text: str
    settings: dict[str, Any]

    @property
    def link(self) -> dict[str, Any]:
        """The settings as query parameters, which carry what people read on the widgets."""
        return {name: _read(name, value) for name, value in self.settings.items()}


def _read(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_read(name, one) for one in value]
    return TITLES.get(name, {}).get(value, str(value))


PLAYGROUND_PRESETS = (
    PlaygroundPreset(
        "film",
        "The film",
        ":material/movie:",
        "Four attacks from (0, 0.5): one jumps, one wanders along the edge, one comes to rest.",
        {"play_problem": "film"},
    ),
    PlaygroundPreset(
        "fig1a",
        "Fig. 1 (a)",
        ":material/join_inner:",
        "Two failed attacks that label consistency cannot tell apart.",
        {"play_problem": "fig1a", "play_mode": "candidates"},
    ),
    PlaygroundPreset(
        "fig1b",
        "Fig. 1 (b)",
        ":material/toggle_off:",
        "One label still on, or two: label flip says the same.",
        {"play_problem": "fig1b", "play_mode": "candidates"},
    ),
    PlaygroundPreset(
        "fig1c",
        "Fig. 1 (c)",
        ":material/payments:",
        "Three irrelevant labels changed, or one: attack cost says the same.",
        {"play_problem": "fig1c", "play_mode": "candidates"},
    ),
    PlaygroundPreset(
        "conflict",
        "Cannot both hold",
        ":material/call_split:",
        "Two labels, two wishes, no point that grants both: Theorem 1.",
        {
            "play_problem": "own",
            "play_own_points": STRIPES,
            "play_own_true": ["1", "2"],
            "play_attacks": ["masw", "tkml"],
            "play_weighting": ["spw", "uniform"],
            "play_view": "constraints",
        },
    ),
    PlaygroundPreset(
        "spw",
        "SPW against uniform",
        ":material/balance:",
        "The same attack from the same start; only the weights differ.",
        {
            "play_problem": "film",
            "play_film_x": 0.26,
            "play_film_y": 0.35,
            "play_step": 0.02,
            "play_steps": 300,
            "play_attacks": ["masw"],
            "play_weighting": ["spw", "uniform"],
        },
    ),
)
