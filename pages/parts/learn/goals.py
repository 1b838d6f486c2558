"""Idea 7: targeted attacks ask for a whole top k, universal ones for one perturbation that serves many pictures."""

from __future__ import annotations

from masw_core.views.course_figures import OTHER, TARGET, TRUE, scores
from pages.parts.learn.chapter import Chapter, Option
from pages.parts.learn.run import course_run
from pages.shared.cases import CASES
from pages.shared.links import LEARN

import streamlit as st

UNIVERSAL_CASE = "universal"


def goal_on_the_picture(case: str) -> tuple[list[str], int]:
    """The role of every label of the recorded picture in this case, and how many constraints the goal has."""
    from masw_core.task.targets import make_goal

    import torch

    run = course_run()
    clean = torch.as_tensor(run.scores[:1])
    true = torch.zeros_like(clean, dtype=torch.bool)
    true[0, run.true] = True
    goal = make_goal(case, true, run.k, clean)
    target = torch.zeros_like(true) if goal.target is None else goal.target
    roles = [TRUE if true[0, j] else TARGET if target[0, j] else OTHER for j in range(clean.shape[1])]
    return roles, int(goal.constraints(clean).mask.sum())


def _figure(revealed: bool) -> None:
    run, case = course_run(), "untargeted"
    if revealed:
        titles = {**CASES, UNIVERSAL_CASE: "Universal"}
        case = st.segmented_control(
            "Case",
            list(titles),
            default="worst",
            required=True,
            format_func=titles.__getitem__,
            wrap=True,
            key=LEARN.widget("goal_case"),
            label_visibility="collapsed",
        )
        if case == UNIVERSAL_CASE:
            _universal()
            return
    roles, count = goal_on_the_picture(case)
    ranks = count - len(run.true)
    st.caption(
        f"{CASES[case]}, k = {run.k}, {len(run.labels)} labels of which {len(run.true)} are true: **{count} "
        f"constraints**, {ranks} about ranks and {len(run.true)} about flips."
    )
    names = [row["name"] for row in run.labels]
    st.vega_lite_chart(
        scores(names, roles, run.scores[0], run.k, most=len(names), height=460),
        key=LEARN.widget("goals_scores"),
        alt=f"Scores of all labels on the clean picture, with the true labels and the targets of the {case} case",
    )


def _universal() -> None:
    """One recorded perturbation on three scenes it has not seen."""
    from masw_core.views import pictures
    from pages.parts.universal.recorded import showcase

    import numpy as np

    shown = showcase()
    rates = shown.verdict
    st.caption(f"{shown.about}")
    columns = st.columns(4, gap="small")
    with columns[0]:
        times = pictures.magnification(shown.z)
        st.image(
            pictures.png(pictures.magnified(shown.z, times)),
            caption=f"the one perturbation, × {times}",
            alt="The universal perturbation, magnified",
        )
    for column, scene, fooled in zip(columns[1:], shown.scenes[1:4], rates.fooled[1:4], strict=False):
        with column:
            st.image(
                pictures.png(np.clip(scene + shown.z, -1, 1)),
                caption="fooled" if fooled else "not fooled",
                alt="A scene that the attack has not seen, with the perturbation added",
            )
    st.markdown(
        f"Of {rates.samples} scenes that it has **never seen**, {rates.held_out.asr:.0%} lose all their true labels "
        f"from the top k; noise of the same length does that to {rates.noise.asr:.0%}."
    )


GOALS = Chapter(
    key="goals",
    title="Targeted and universal",
    text="So far the attack was *untargeted*: away with the true labels, whatever comes instead. A **targeted** attack "
    "wants the top k to be exactly k chosen labels, and the true ones below 0.5 as well. Chosen are the likeliest "
    "others (best case), random ones, or the least likely (worst case).",
    question="Untargeted, 4 true labels of 20 give 8 constraints. How many does a targeted top-3 goal give?",
    options=(
        Option("3, one per target.", "The other labels must also stay out of the top 3, and true ones must flip."),
        Option("11: 8 and the 3 targets.", "Labels that are neither true nor target need a demand each, too."),
        Option(
            "24: one rank per label, and 4 flips.",
            "Each of 20 labels must be on its side of the border of the top 3, and 4 must fall below 0.5.",
            right=True,
        ),
    ),
    figure=_figure,
    after="Compare the cases: in the worst case the targets must climb from the very bottom. **Universal** asks for "
    "one perturbation for all pictures; the attack goes over many and adds up what each needs (Algorithm 2).",
    terms=("target", "case", "universal"),
)
