"""Idea 2: an indicator cannot tell two unfinished attacks apart, a Jaccard index can (Fig. 1)."""

from __future__ import annotations

from typing import Any

from pages.parts.learn.chapter import Chapter, Option
from pages.parts.playground.player import plane_player
from pages.shared.links import LEARN

import streamlit as st

PANELS = {"fig1a": "Label consistency", "fig1b": "Label flip", "fig1c": "Attack cost"}
PAIRS = {"fig1a": ("lc", "slc"), "fig1b": ("lf", "slf"), "fig1c": ("ac", "soft_ac")}
PLAYER = LEARN.widget("plane")


def _figure(revealed: bool) -> None:
    panel = "fig1a"
    if revealed:
        panel = st.segmented_control(
            "Fig. 1",
            list(PANELS),
            default=panel,
            required=True,
            format_func=PANELS.__getitem__,
            key=LEARN.widget("ties_panel"),
            label_visibility="collapsed",
        )
    plane, numbers = st.columns([1.45, 1], gap="medium")
    points = _points(panel)
    with plane:
        plane_player(_payload(panel, points), key=PLAYER, on_touch=lambda: _moved(panel))
    with numbers:
        _numbers(panel, points, revealed)


def _points(panel: str) -> list[list[float]]:
    """The two candidates, where they were dragged to."""
    from masw_core.toy.layouts import LAYOUTS

    dragged = st.session_state.get(LEARN.widget(f"points_{panel}"))
    return dragged or [list(point) for point in LAYOUTS[panel].candidates]


def _moved(panel: str) -> None:
    """A candidate was dragged."""
    touch = (st.session_state.get(PLAYER) or {}).get("touch") or {}
    if touch.get("kind") == "candidate":
        points = _points(panel)
        points[1 if touch["index"] else 0] = [float(value) for value in touch["at"]]
        st.session_state[LEARN.widget(f"points_{panel}")] = points


def _payload(panel: str, points: list[list[float]]) -> dict[str, Any]:
    from pages.parts.playground.compute import payload

    return payload(_setup(panel), "candidates", "top-k" if panel != "fig1b" else "predicted", candidates=points)


def _setup(panel: str) -> Any:
    from masw_core.toy.layouts import LAYOUTS
    from masw_core.toy.setup import Setup

    layout = LAYOUTS[panel]
    return Setup(toy=panel, start=layout.start, true=layout.true, k=layout.k, target=layout.target)


def _numbers(panel: str, points: list[list[float]], revealed: bool) -> None:
    """What the network says at the two points, and after the question both measures."""
    from masw_core.views.glossary import term, tooltip
    from masw_core.views.toy_points import seen_at

    old, soft = PAIRS[panel]
    seen = seen_at(_setup(panel), points)
    for number, one in enumerate(seen, start=1):
        st.markdown(f"**Point {number}:** {one.told(panel)}")
    if not revealed:
        return
    lines = [
        f"| {term(measure).symbol} | " + " | ".join(f"**{one.measures[measure]:.2g}**" for one in seen) + " |"
        for measure in (old, soft)
    ]
    st.markdown("\n".join(["| | point 1 | point 2 |", "|---|---|---|", *lines]), help=tooltip(old, soft))


TIES = Chapter(
    key="ties",
    title="An indicator ties, a share does not",
    text="Two attacks on the same point (the cross) are not finished. *Y* are the true labels, and k is 3. The old "
    "measure of failure, **label consistency** LC, is an indicator: 1 if one of the sets *Y* and top k contains the "
    "other, else 0. A small number means a good attack.",
    question="Point 1 keeps two labels of *Y* in its top 3, point 2 keeps one. Which does LC call better?",
    options=(
        Option("Point 1.", "It keeps more true labels, so it is further from the goal, and LC does not say so either."),
        Option("Point 2.", "It *is* better, but LC cannot see that: neither set contains the other at either point."),
        Option("Neither: they tie.", "No set contains the other at either point, so LC is 0 at both.", right=True),
    ),
    figure=_figure,
    after="The soft measure counts: it is the **share** of *Y* in the top k, a Jaccard index (Eq. 5). It tells the "
    "two apart, so an attack that lowers it gains from every single label. Drag the points; the other two panels tie "
    "in the same way.",
    terms=("lc", "slc"),
)
