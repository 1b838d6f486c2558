"""The preset cards of the home page, as data: a run worth looking at, and what to look at.

``settings`` are query parameters of the lab, with the values that people read there. Only what differs from the
lab's defaults is named, see ``links.TaskLinks.afresh``. The first two cards open the run that the page replays.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pages.parts.compare.methods import WEIGHTING_ROW
from pages.parts.home.recorded import in_compare, in_the_lab, recorded_run
from pages.shared.links import LAB


@dataclass(frozen=True)
class Preset:
    """One card; ``compare`` is a query of Compare that shows the same run beside others, if there is one."""

    title: str
    icon: str
    text: str
    settings: dict[str, Any]
    compare: dict[str, Any] = field(default_factory=dict)


def presets() -> tuple[Preset, ...]:
    """All cards, in their order."""
    recorded = recorded_run()
    return (*_about_weights(recorded["setting"]), *OTHERS) if recorded else OTHERS


def _about_weights(setting: dict[str, Any]) -> tuple[Preset, Preset]:
    return (
        Preset(
            "Weights decide what to give up",
            ":material/balance:",
            "The goal does not fit into this radius. Watch the weights: some constraints are held back and given up, "
            "so that others can be met. It is the run that is replayed below.",
            in_the_lab(setting),
            in_compare(setting, WEIGHTING_ROW),
        ),
        Preset(
            "The same run, all weights equal",
            ":material/drag_handle:",
            "Self-paced weighting switched off: every constraint pulls with full weight. Compare how many are met at "
            "the best step with the card before.",
            in_the_lab(setting, weighting="uniform (all 1)"),
        ),
    )


OTHERS = (
    Preset(
        "Three labels nobody would guess",
        ":material/target:",
        "Worst case: the three least likely labels must become the top 3 of an office. Twenty constraints at once; "
        "follow them in the strip.",
        LAB.query(picture="Office", case="worst"),
    ),
    Preset(
        "A photo, three labels at a table",
        ":material/wine_bar:",
        "A wine glass, its bottle and the table they stand on, among 80 labels. Here a norm of about 1 is enough; "
        "slide the reveal and try to see the difference.",
        LAB.query(picture="Wine") | LAB.setting("masw", "steps").query(60),
    ),
    Preset(
        "A photo, four labels in one street",
        ":material/traffic:",
        "All that the model sees in a street in Rome must leave the top 5 of 80 labels. Watch in the strip which "
        "constraint is met last.",
        LAB.query(picture="Street in Rome", k=5) | LAB.setting("masw", "steps").query(60),
    ),
    Preset(
        "Four animals out of the top 10",
        ":material/pets:",
        "A collage of a bird, a cat, a dog and a sheep: ten other labels must stand above all four. Sixty steps are "
        "not enough for everything; see which constraints are left.",
        LAB.query(picture="Four animals (collage)", k=10) | LAB.setting("masw", "steps").query(60),
    ),
)
