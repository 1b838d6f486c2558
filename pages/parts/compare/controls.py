"""What the Compare page asks besides the lab's own controls: which attacks, and how many steps each may take."""

from __future__ import annotations

from masw_core.views.glossary import tooltip
from pages.parts.compare.compute import launch, problem_with
from pages.parts.compare.methods import MOST, method_titles
from pages.parts.compare.state import JOB_PAGE, ComparisonOrder
from pages.shared import compute
from pages.shared.from_link import take_step
from pages.shared.links import COMPARE

import streamlit as st

MOST_STEPS = 300


def choose_methods() -> tuple[str, ...]:
    titles = method_titles()
    chosen = st.multiselect(
        "Attacks",
        list(titles),
        default=COMPARE.methods.default,
        max_selections=MOST,
        **COMPARE.methods.bound_as(titles.__getitem__),
        help="Two to four. Variants of MASW show what one decision changes.",
    )
    return tuple(chosen)


def choose_steps() -> int:
    steps = st.number_input(
        "Steps", 1, MOST_STEPS, COMPARE.steps.default, **COMPARE.steps.bound,
        help=tooltip("steps", more="Of each attack."),
    )  # fmt: skip
    return int(steps)


def choose_tau(model: str, case: str) -> float | None:
    recommended = compute.loaded(model).model.recommended_tau.get(case)
    return st.number_input(
        "τ", 0.01, 1000.0, value=None, step=None, format="%g", **COMPARE.tau.bound,
        placeholder="the paper's" if recommended is None else f"{recommended:g}",
        help=tooltip("tau", more="Empty: what the model recommends for the case."),
    )  # fmt: skip


def run_or_stop(order: ComparisonOrder) -> None:
    """The one button; says first why an order is impossible."""
    JOB_PAGE.run_or_stop(lambda: launch(order, take_step(COMPARE.at)), problem_with(order))
