"""Idea 4: constraints that pull against each other with equal weights make the attack fluctuate (Theorem 1)."""

from __future__ import annotations

from typing import Any

from pages.parts.learn.chapter import Chapter, Option
from pages.parts.playground.player import plane_player
from pages.shared.lesson import presenting
from pages.shared.links import LEARN

import streamlit as st

OPENS_AT = 120  # one of them rests, the other does not
START, STEPS, STEP_SIZE = (0.26, 0.35), 300, 0.02  # the playground's card "SPW against uniform"


def setup() -> Any:
    """The film's problem from a start between its two ways out; MASW with both weightings."""
    from masw_core.toy.layouts import LAYOUTS
    from masw_core.toy.setup import Setup

    film = LAYOUTS["film"]
    return Setup(
        toy="film",
        start=START,
        true=film.true,
        k=film.k,
        attacks=("masw",),
        weightings=("uniform", "spw"),
        steps=STEPS,
        step_size=STEP_SIZE,
    )


def _figure(revealed: bool) -> None:
    from pages.parts.playground.compute import payload

    data = payload(setup(), "run", "predicted")
    kept = ("box", "picture", "names", "labels", "true", "target", "k")
    data["plane"] = {name: data["plane"][name] for name in kept}
    data |= {"mode": "film", "id": f"{data['id']}-{revealed}", "runs": data["runs"] if revealed else [], "at": OPENS_AT}
    with st.container(width="stretch" if presenting() and revealed else 540):
        plane_player(data, key=LEARN.widget("conflict_plane"))
    if revealed:
        from masw_core.toy.fluctuation import fluctuation_of
        from pages.parts.playground.compute import traces

        (_, _, uniform), (_, _, weighted) = traces(setup())
        first, second = fluctuation_of(uniform), fluctuation_of(weighted)
        st.caption(
            f"Computed now: with uniform weights L rises at {first.rises} of {STEPS} steps and the last third of the "
            f"path is {first.late:.2f} long; with SPW at {second.rises}, and {second.late:.2f}. "
            "This start was chosen because it shows the difference; from most starts both arrive."
        )


CONFLICT = Chapter(
    key="conflict",
    title="Why equal pull fluctuates",
    text="Here the picture has two pixels, so all pictures lie in a plane. Tints are label sets; labels 1 and 2 are "
    "true at the start (the cross), and k is 1. Leaving label 1 means going one way, leaving label 2 the other: the "
    "constraints **conflict**. **Theorem 1**: if constraints form regions that do not meet and all pull equally, the "
    "attack fluctuates between them.",
    question="All weights are 1, all steps equally long. What will the point do?",
    options=(
        Option("Rest half-way.", "Each step has a fixed length and follows whoever lacks more, so it overshoots."),
        Option(
            "Go to and fro without arriving.",
            "Each step serves whoever lacks more; a step later that is the other one.",
            right=True,
        ),
        Option(
            "Meet one wish, then the other.",
            "Whatever serves one takes from the other, and a wish that is half met stops being the stronger one.",
        ),
    ),
    figure=_figure,
    after="Press Play. Self-paced weights let the harder wish go for a while: the attack arrives. Equal pull gives up "
    "what it might have had, by trying for everything. The home page plays the paper's film with other attacks.",
    terms=("weights", "uniform", "fluctuation"),
)
