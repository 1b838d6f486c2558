"""The preset cards of the playground, as data: what to look at, and the settings that show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from masw_core.toy.names import OWN
from pages.parts.playground.defaults import POINTS, STRIPES, problem_parameters
from pages.shared.links import PLAYGROUND
from pages.shared.parameters import Parameter


@dataclass(frozen=True)
class PlaygroundPreset:
    """One card; ``choices`` are parameters and the values that their widgets get."""

    key: str
    title: str
    icon: str
    text: str
    choices: tuple[tuple[Parameter, Any], ...]

    @property
    def settings(self) -> dict[str, Any]:
        """The values of the widgets, by key."""
        return {parameter.key: value for parameter, value in self.choices}

    @property
    def link(self) -> dict[str, Any]:
        """The settings as query parameters, which carry what people read on the widgets."""
        query: dict[str, Any] = {}
        for parameter, value in self.choices:
            query |= parameter.query(value)
        return query


_FILM, _OWN = problem_parameters("film"), problem_parameters(OWN)

PLAYGROUND_PRESETS = (
    PlaygroundPreset(
        "film",
        "The film",
        ":material/movie:",
        "Four attacks from (0, 0.5): one jumps, one wanders along the edge, one comes to rest.",
        ((PLAYGROUND.problem, "film"),),
    ),
    PlaygroundPreset(
        "fig1a",
        "Fig. 1 (a)",
        ":material/join_inner:",
        "Two failed attacks that label consistency cannot tell apart.",
        ((PLAYGROUND.problem, "fig1a"), (PLAYGROUND.mode, "candidates")),
    ),
    PlaygroundPreset(
        "fig1b",
        "Fig. 1 (b)",
        ":material/toggle_off:",
        "One label still on, or two: label flip says the same.",
        ((PLAYGROUND.problem, "fig1b"), (PLAYGROUND.mode, "candidates")),
    ),
    PlaygroundPreset(
        "fig1c",
        "Fig. 1 (c)",
        ":material/payments:",
        "Three irrelevant labels changed, or one: attack cost says the same.",
        ((PLAYGROUND.problem, "fig1c"), (PLAYGROUND.mode, "candidates")),
    ),
    PlaygroundPreset(
        "conflict",
        "Cannot both hold",
        ":material/call_split:",
        "Two labels, two wishes, no point that grants both: Theorem 1.",
        (
            (PLAYGROUND.problem, OWN),
            (POINTS, STRIPES),
            (_OWN["true"], ["1", "2"]),
            (PLAYGROUND.attacks, ["masw", "tkml"]),
            (PLAYGROUND.weighting, ["spw", "uniform"]),
            (PLAYGROUND.view, "constraints"),
        ),
    ),
    PlaygroundPreset(
        "spw",
        "SPW against uniform",
        ":material/balance:",
        "The same attack from the same start; only the weights differ.",
        (
            (PLAYGROUND.problem, "film"),
            (_FILM["x"], 0.26),
            (_FILM["y"], 0.35),
            (PLAYGROUND.step, 0.02),
            (PLAYGROUND.steps, 300),
            (PLAYGROUND.attacks, ["masw"]),
            (PLAYGROUND.weighting, ["spw", "uniform"]),
        ),
    ),
)
