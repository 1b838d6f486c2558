"""Idea 6: the weights of Eq. 24 turn the squared slack into a Huber loss with its knee at epsilon."""

from __future__ import annotations

from typing import Any

from pages.parts.learn.chapter import Chapter, Option
from pages.shared.links import LEARN

import numpy as np
import streamlit as st

MOST, POINTS = 4.0, 161  # the slack that is drawn goes that far
RULES = {"fixed": "SPW", "uniform": "uniform weights", "threshold": "hard threshold"}  # at one step, ε is fixed


def curves(rule: str, epsilon: float) -> tuple[np.ndarray[Any, Any], ...]:
    """Slack, weight, pull and implied loss, ``POINTS`` values each."""
    from masw_core.weighting.implied_loss import implied_loss, pull
    from masw_core.weighting.rules import make_weighting

    import torch

    slack, weighting = torch.linspace(0, MOST, POINTS, dtype=torch.float64), make_weighting(rule)
    weight = weighting.weights(slack[None], torch.tensor([epsilon], dtype=slack.dtype))[0]
    values = (slack, weight, pull(weighting, slack, epsilon), implied_loss(weighting, slack, epsilon))
    return tuple(value.numpy() for value in values)


def _figure(revealed: bool) -> None:
    from masw_core.views.course_figures import knee

    rule, epsilon = "uniform", 1.0
    if revealed:
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            epsilon = st.slider("Knee ε", 0.1, MOST, 1.0, 0.1, key=LEARN.widget("knee"), width=260)
            rule = st.segmented_control(
                "Weights",
                list(RULES),
                default="fixed",
                required=True,
                format_func=RULES.__getitem__,
                key=LEARN.widget("rule"),
            )
    else:
        st.caption("Uniform weights: the pull is the slack, and the loss is half its square.")
    slack, weight, pulled, loss = curves(rule, epsilon)
    st.vega_lite_chart(
        knee(slack, weight, pulled, loss, epsilon),
        key=LEARN.widget("knee_chart"),
        alt=f"{RULES[rule]}: weight, pull and loss over the slack from 0 to {MOST:g}; at ε = {epsilon:g} the pull is "
        f"{np.interp(epsilon, slack, pulled):.2f}, at slack {MOST:g} it is {pulled[-1]:.2f}",
    )
    st.caption("Dashed grey: uniform weights. Dashed orange: ε.")


HUBER = Chapter(
    key="huber",
    title="The weights make a Huber loss",
    text="How hard a constraint pulls is weight × slack (Eq. 17, with balance λ = 1). With uniform weights that is the "
    "slack itself, and the loss behind it is half the squared slack: the worst constraint rules. Eq. 24 has "
    r"$w = \varepsilon / \max(\zeta, \varepsilon)$.",
    question="With Eq. 24, a slack grows from 2ε to 4ε. What does its pull do?",
    options=(
        Option("It doubles.", "That is what uniform weights do. Here the weight halves at the same time."),
        Option("It stays the same.", "Weight × slack is ε / slack × slack = ε for every slack above ε.", right=True),
        Option("It halves.", "The *weight* halves, but the slack has doubled."),
    ),
    figure=_figure,
    after="Drag the **knee**. Below ε the loss is the square, above it a straight line: a Huber loss. No single "
    "constraint can shout down the others. A *hard threshold* lets hard constraints go altogether: its loss is flat.",
    terms=("pull", "epsilon", "threshold"),
)
