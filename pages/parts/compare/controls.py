"""What the Compare page asks besides the lab's own controls: which attacks, and how many steps each may take."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from masw_core.engine.jobs import Job, sentence_for
from pages.parts.compare.state import ComparisonOrder, ComparisonRun, current_comparison, set_comparison
from pages.shared import compute

import streamlit as st

if TYPE_CHECKING:
    from masw_core.attacks import Attack

FEWEST, MOST = 2, 4
MOST_STEPS = 300
FIRST = ("masw", "tkml", "pgd")
FIRST_STEPS = 40
PAGE = "cmp"  # prefix of the page's keys
PLAIN = {"methods": list(FIRST), "steps": FIRST_STEPS}
VARIANTS = {
    "masw+weighting=uniform": "MASW (uniform weights)",
    "masw+weighting=spl": "MASW (SPL weights)",
    "masw+reference=flow": "MASW (flowing reference)",
    "masw:paper+step_rule=unit+step_size=None": "MASW (as printed)",
    "madw:few-steps": "MADW (few steps)",
}


@st.cache_data(max_entries=1, show_spinner=False)
def method_titles() -> dict[str, str]:
    """Every method that can be chosen, as the command line writes it, and what people call it."""
    from masw_core.attacks import list_attacks

    return {info.name: info.title for info in list_attacks()} | VARIANTS


def choose_methods() -> tuple[str, ...]:
    titles = method_titles()
    chosen = st.multiselect(
        "Attacks",
        list(titles),
        default=FIRST,
        max_selections=MOST,
        format_func=titles.__getitem__,
        key="cmp_methods",
        bind="query-params",
        help="Two to four. Variants of MASW show what one decision changes.",
    )
    return tuple(chosen)


def choose_steps() -> int:
    steps = st.number_input(
        "Steps", 1, MOST_STEPS, FIRST_STEPS, key="cmp_steps", bind="query-params",
        help="At most so many updates per attack.",
    )  # fmt: skip
    return int(steps)


def choose_tau(model: str, case: str) -> float | None:
    recommended = compute.loaded(model).model.recommended_tau.get(case)
    return st.number_input(
        "τ", 0.01, 1000.0, value=None, step=None, format="%g", key="cmp_tau", bind="query-params",
        placeholder="the paper's" if recommended is None else f"{recommended:g}",
        help="The largest L2 norm, images in [-1, 1]; empty: what the model recommends for the case.",
    )  # fmt: skip


def attacks_of(order: ComparisonOrder) -> dict[str, Attack]:
    """The attacks of an order, ready to run.

    Raises:
        ValueError: the order is impossible; one sentence.
    """
    from masw_core.one_picture.comparison import attacks_for

    model, goal = compute.loaded(order.model).model, compute.goal_of(order)
    return attacks_for(order.methods, model, goal, order.steps, order.tau)


def problem_with(order: ComparisonOrder) -> str | None:
    """Why this comparison cannot run, in one sentence, or None."""
    from masw_core.benchmark.methods import Method

    if not FEWEST <= len(order.methods) <= MOST:
        return f"A comparison needs {FEWEST} to {MOST} attacks: choose some more."
    for text in order.methods:
        if not Method.parse(text).supports(order.case):
            return f"{method_titles()[text]} cannot do the {order.case} case: leave it out or choose another case."
    try:
        attacks_of(order)
    except ValueError as error:
        return str(error)
    return None


def run_or_stop(order: ComparisonOrder) -> None:
    """The one button: Compare, or Stop while a comparison is going. Says first why an order is impossible."""
    problem = problem_with(order)
    if problem:
        st.warning(sentence_for(ValueError(problem)), icon=":material/block:")
    run = current_comparison()
    if run is not None and run.job.active:
        st.button("Stop", icon=":material/stop:", key="cmp_stop", on_click=run.job.stop, width="stretch")
    elif st.button(
        "Compare", type="primary", icon=":material/balance:", key="cmp_run", disabled=bool(problem), width="stretch"
    ):
        set_comparison(launch(order))
        st.rerun()


def launch(order: ComparisonOrder) -> ComparisonRun:
    """Put a comparison in line and start its thread.

    Raises:
        ValueError: the order is impossible.
    """
    from masw_core.one_picture.comparison import ComparisonRecorder, take_turns

    import torch

    here, goal, picture = compute.loaded(order.model), compute.goal_of(order), order.picture
    attacks = attacks_of(order)
    image = compute.model_input(picture.digest, picture.data, here.model.input_size)
    x = torch.as_tensor(image)[None]
    job = Job(
        lambda: take_turns(attacks, here.model, x, goal, order.seed),
        ComparisonRecorder(attacks, here.model, goal, image, seed=order.seed, picture=picture.name),
        compute.gate(),
        lock=here.lock,
        total=sum(attack.steps + 1 for attack in attacks.values()) - 1,
    )
    return ComparisonRun(uuid4().hex[:12], order, job.start(), here.device, attacks)
