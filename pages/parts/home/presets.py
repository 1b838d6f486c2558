"""The preset cards of the home page, as data: a run worth looking at, and what to look at.

``settings`` are query parameters of the lab, with the values that people read there. Only what differs from the
lab's defaults is named, see ``links.TaskLinks.afresh``.
"""

from __future__ import annotations

from dataclasses import dataclass

from pages.shared.links import LAB


@dataclass(frozen=True)
class Preset:
    """One card."""

    title: str
    icon: str
    text: str
    settings: dict[str, str]


PRESETS = (
    Preset(
        "Three labels leave the top",
        ":material/directions_bike:",
        "Bicycle, cow and person must all drop out of the top 3. Watch which one gives in last, and how its weight "
        "keeps it from dragging the others along.",
        LAB.query(picture="Bicycle tour"),
    ),
    Preset(
        "The same run, all weights equal",
        ":material/balance:",
        "Self-paced weighting switched off: every constraint pulls with full weight. Compare the Lagrangian and the "
        "step of the first success with the card before.",
        LAB.query(picture="Bicycle tour") | LAB.setting("masw", "weighting").query("uniform (all 1)"),
    ),
    Preset(
        "Three labels nobody would guess",
        ":material/target:",
        "Worst case: the three least likely labels must become the top 3 of an office. Twenty constraints at once; "
        "follow them in the strip.",
        LAB.query(picture="Office", case="worst"),
    ),
    Preset(
        "A real photo",
        ":material/photo_camera:",
        "A wine glass, its bottle and the table they stand on, among 80 labels. Here a norm of about 1 is enough; "
        "slide the reveal and try to see the difference.",
        LAB.query(picture="Wine") | LAB.setting("masw", "steps").query(60),
    ),
)
