"""Idea 3: every demand on a label is a constraint, and what it lacks is its slack."""

from __future__ import annotations

from masw_core.views.algorithm import walk
from pages.parts.learn.chapter import Chapter, Option
from pages.parts.learn.labels import scores_figure
from pages.parts.learn.run import course_run
from pages.parts.learn.walk import walk_player
from pages.shared.links import LEARN

import streamlit as st


def _figure(revealed: bool) -> None:
    run = course_run()
    if not revealed:
        st.caption(f"The same picture. Bars in full colour are the top {run.k}; the dashed line is logit 0.")
        scores_figure(0, run.k)
        return
    st.caption(
        f"This run asks for a margin: a constraint must be met by {run.data['margin']:g} logit before its slack is 0. "
        "✓ marks constraints that are met."
    )
    walk_player(walk(run, "slack", code=False), LEARN.widget("slack_walk"))


SLACK = Chapter(
    key="slack",
    title="Constraints and slack",
    text="Untargeted, every true label *j* gets two demands, each a number that must be at least 0. It must leave the "
    "top k: $CT'_j = f_{[k+1]} - f_j$, the **rank** constraint. And it must fall below 0.5, which is logit 0: "
    "$CT''_j = 0 - f_j$, the **flip** constraint. What a constraint lacks is its **slack** "
    r"$\zeta = \max(0, -CT)$.",
    question="Whose *flip* constraint has the most slack on the clean picture?",
    options=(
        Option(
            "That of the surest true label.",
            "The constraint asks for a logit of at most 0, so what it lacks is the logit itself.",
            right=True,
        ),
        Option("That of the least sure true label.", "It is nearest to 0 already, so its constraint lacks the least."),
        Option("All the same.", "They ask for the same, logit 0, but start from different scores."),
    ),
    figure=_figure,
    after="Play the run: slack shrinks, some constraints are met (✓), others never. All of them together are what the "
    "attack lowers. The goal does not fit into this radius, so something has to be given up.",
    terms=("constraint", "slack", "margin"),
)
