"""Idea 1: a picture has several true labels, and only the top k counts."""

from __future__ import annotations

from masw_core.views.course_figures import OTHER, TRUE, scores
from pages.parts.learn.chapter import Chapter, Option
from pages.parts.learn.run import course_run
from pages.shared.links import LEARN

import streamlit as st

CLEAN, ATTACKED = "clean picture", "best step of the attack"


def scores_figure(step: int, k: int) -> None:
    """The highest scores of the recorded run at a step."""
    run = course_run()
    roles = [TRUE if row["role"] == "true" else OTHER for row in run.labels]
    spec = scores([row["name"] for row in run.labels], roles, run.scores[step], k, most=10, height=345)
    names = ", ".join(run.labels[place]["name"] for place in run.true)
    st.vega_lite_chart(
        spec,
        key=LEARN.widget("scores"),
        alt=f"Scores of the likeliest labels at step {step}; true are {names}. The top {k} is drawn in full colour.",
    )


def _figure(revealed: bool) -> None:
    run = course_run()
    picture, controls = st.columns([1, 2.4], gap="medium", vertical_alignment="center")
    with picture:
        names = ", ".join(run.labels[place]["name"] for place in run.true)
        st.image(run.picture, width="stretch", alt=f"The picture of the run; its true labels are {names}")
    with controls:
        k = st.slider("k", 1, 6, run.k, key=LEARN.widget("labels_k")) if revealed else run.k
        step = 0
        if revealed:
            what = st.segmented_control(
                "Scores on the",
                [CLEAN, ATTACKED],
                default=CLEAN,
                required=True,
                key=LEARN.widget("labels_when"),
            )
            step = run.data["best"] if what == ATTACKED else 0
        else:
            st.caption(f"True labels: {names}. Bars in full colour are the top {k}.")
    scores_figure(step, k)


LABELS = Chapter(
    key="labels",
    title="Several labels, and the top k",
    text="A tagger gives every label a score, and a picture has **several** true labels at once. What is shown to "
    "people is often the **top k**: the k labels with the highest scores. An attack adds a small perturbation to the "
    "picture until no true label is left in the top k.",
    question="Let k be 3. How many labels that are *not* true must rise above every true one?",
    options=(
        Option(
            "One is enough.",
            "That is so where a picture has one label. Here two true labels would still be in the top 3.",
        ),
        Option("Three.", "The top 3 has three places, and only labels that are not true may take them.", right=True),
        Option(
            "One for each true label.",
            "Labels need no partners: whatever the number of true labels, k others above all of them fill the top k.",
        ),
    ),
    figure=_figure,
    after="Move **k**: with every k, one more outsider has to climb. Then look at the best step of a real attack: some "
    "true labels have sunk, others have not. An attack on several labels can be *half* done.",
    terms=("true", "k", "scores"),
)
