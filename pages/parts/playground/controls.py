"""The playground's controls: which problem, which attacks, which settings; everything lives in the URL.

Settings that depend on the problem (start, k, labels) have one widget per problem, so that changing the problem
never leaves a value behind that it does not know.
"""

from __future__ import annotations

from typing import Any

from masw_core.toy import LAYOUTS
from masw_core.toy.names import OWN, PROBLEM_TITLES, WEIGHTING_TITLES, attack_titles
from masw_core.toy.points import LABELS
from masw_core.toy.setup import MOST_STEPS, Setup
from pages.parts.playground.defaults import SHARED, SQUARE, everything, of_problem
from pages.parts.playground.presets import MODE_TITLES, PLAYGROUND_PRESETS

import streamlit as st

_URL: dict[str, Any] = {"bind": "query-params"}


def preset_cards() -> None:
    """One button per preset; a click sets every widget and leaves nothing of the setting before."""
    with st.grid("auto", min_column_width=165):
        for preset in PLAYGROUND_PRESETS:
            with st.container(border=True, height="stretch", gap="xsmall"):
                st.button(
                    f"**{preset.title}**",
                    icon=preset.icon,
                    key=f"preset_{preset.key}",
                    type="tertiary",
                    on_click=_apply,
                    args=(preset.settings,),
                )
                st.caption(preset.text)


def _apply(settings: dict[str, Any]) -> None:
    for name, value in (everything() | settings).items():
        st.session_state[name] = value


def choose_problem() -> tuple[str, str]:
    """(problem, mode)."""
    with st.container(horizontal=True, gap="medium"):
        problem = st.segmented_control(
            "Problem", list(PROBLEM_TITLES), default=SHARED["play_problem"], required=True,
            format_func=PROBLEM_TITLES.__getitem__, key="play_problem", wrap=True, **_URL,
        )  # fmt: skip
        if problem != OWN and st.session_state.get("play_mode") == "paint":
            st.session_state["play_mode"] = SHARED["play_mode"]
        modes = [mode for mode in MODE_TITLES if mode != "paint" or problem == OWN]
        mode = st.segmented_control(
            "What to do", modes, default=SHARED["play_mode"], required=True, format_func=MODE_TITLES.__getitem__,
            key="play_mode", wrap=True, **_URL,
        )  # fmt: skip
    return problem or "film", mode or "run"


def choose_setup(problem: str, mode: str) -> Setup:
    """The run that the controls describe; labels and k may still clash, ``Setup.goal`` says so."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        chosen = _choose_attacks() if mode == "run" else {}
        task = _choose_task(problem)
    return Setup(toy=problem, **task, **chosen, **_choose_more(problem))


def _choose_attacks() -> dict[str, Any]:
    titles = attack_titles()
    attacks = st.pills(
        "Attacks", list(titles), selection_mode="multi", default=SHARED["play_attacks"],
        format_func=titles.__getitem__, key="play_attacks",
        help="An attack that cannot do the case is left out: kFool with targets, Rank I without.", **_URL,
    )  # fmt: skip
    weightings = st.pills(
        "MASW's weighting", list(WEIGHTING_TITLES), selection_mode="multi", default=SHARED["play_weighting"],
        format_func=WEIGHTING_TITLES.__getitem__, key="play_weighting", disabled="masw" not in attacks,
        help="SPW: self-paced weights, ε follows the Lagrangian. SPL: ε grows at every step. Fixed ε: Eq. 24 with "
        "ε as it starts. Uniform: every constraint counts alike. Several run side by side.", **_URL,
    )  # fmt: skip
    return {"attacks": tuple(attacks), "weightings": tuple(weightings)}


def _choose_task(problem: str) -> dict[str, Any]:
    labels = list(LAYOUTS[problem].labels if problem in LAYOUTS else LABELS)
    default = of_problem(problem)
    true = st.pills(
        "True labels Y", labels, selection_mode="multi", default=default[f"play_{problem}_true"],
        key=f"play_{problem}_true", help="What the attack has to remove.", **_URL,
    )  # fmt: skip
    target = st.pills(
        "Targets (none: untargeted)", labels, selection_mode="multi", default=default[f"play_{problem}_target"],
        key=f"play_{problem}_target", help="The top k must become exactly these: choose k of them.", **_URL,
    )  # fmt: skip
    key = f"play_{problem}_k"
    k = st.number_input("k", 1, len(labels) - 1, default[key], key=key, width=120, **_URL)
    return {"true": tuple(true), "target": tuple(target), "k": int(k)}


def _choose_more(problem: str) -> dict[str, Any]:
    """The folded settings. Also where the start and the painted points have their values."""
    (x0, y0), (x1, y1) = LAYOUTS[problem].box if problem in LAYOUTS else SQUARE
    points = ""
    with st.expander("More settings", icon=":material/tune:"), st.grid("auto", min_column_width=170):
        x = number("Start x", x0, x1, f"play_{problem}_x", 0.05, problem)
        y = number("Start y", y0, y1, f"play_{problem}_y", 0.05, problem)
        steps = st.number_input("Steps", 10, MOST_STEPS, SHARED["play_steps"], step=10, key="play_steps", **_URL)
        step_size = number("Step length", 0.001, 0.5, "play_step", 0.005)
        tau = number("τ, radius of the ball", 0.05, 3.0, "play_tau", 0.05)
        rule = st.selectbox(
            "Step rule", ["unit", "raw"], key="play_rule", **_URL,
            help="unit: every step has the step length; raw: the gradient times the step length, as the paper writes.",
        )  # fmt: skip
        space = st.selectbox("MASW works on", ["logit", "probability"], key="play_space", **_URL)
        epsilon = number("ε⁰, share of the first largest slack", 0.001, 1.0, "play_epsilon", 0.01)
        eta = number("η, growth of ε", 1.0, 1.2, "play_eta", 0.005)
        st.selectbox("Tint by", ["predicted", "top-k"], key="play_tint", help="Which label sets are tinted.", **_URL)
        st.selectbox("Open the plane on", ["regions", "constraints", "surface"], key="play_view", **_URL)
        if problem == OWN:
            points = st.text_input(
                "Points, as text", of_problem(OWN)["play_own_points"], key="play_own_points", max_chars=1500, **_URL
            )
    return {
        "start": (x, y), "steps": int(steps), "step_size": step_size, "tau": tau, "step_rule": rule, "space": space,
        "epsilon0": epsilon, "eta": eta, "points": points,
    }  # fmt: skip


def number(label: str, low: float, high: float, key: str, step: float, problem: str = "") -> float:
    """A number of the URL with its default."""
    value = (of_problem(problem) if problem else SHARED)[key]
    chosen = st.number_input(label, float(low), float(high), float(value), step=step, format="%.3f", key=key, **_URL)
    return float(chosen)
