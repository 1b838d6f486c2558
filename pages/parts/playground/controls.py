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
from masw_core.views.glossary import tooltip
from pages.parts.playground.defaults import POINTS, SQUARE, all_defaults, problem_parameters
from pages.parts.playground.presets import PLAYGROUND_PRESETS
from pages.shared.lesson import MORE, PRESETS, control
from pages.shared.links import MODE_TITLES, PLAYGROUND
from pages.shared.parameters import Parameter

import streamlit as st


def preset_cards() -> None:
    """One button per preset; a click sets every widget and leaves nothing of the setting before."""
    with control(PLAYGROUND.widget(PRESETS)), st.grid("auto", min_column_width=165):
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
    for name, value in (all_defaults() | settings).items():
        st.session_state[name] = value


def choose_problem() -> tuple[str, str]:
    """(problem, mode)."""
    which, what = PLAYGROUND.problem, PLAYGROUND.mode
    with st.container(horizontal=True, gap="medium"):
        with control(which.key):
            problem = st.segmented_control(
                "Problem",
                list(PROBLEM_TITLES),
                default=which.default,
                required=True,
                wrap=True,
                **which.bound_as(PROBLEM_TITLES.__getitem__),
            )
        if problem != OWN and st.session_state.get(what.key) == "paint":
            st.session_state[what.key] = what.default
        modes = [mode for mode in MODE_TITLES if mode != "paint" or problem == OWN]
        with control(what.key):
            mode = st.segmented_control(
                "What to do",
                modes,
                default=what.default,
                required=True,
                wrap=True,
                **what.bound_as(MODE_TITLES.__getitem__),
            )
    return problem or which.default, mode or what.default


def choose_setup(problem: str, mode: str) -> Setup:
    """The run that the controls describe; labels and k may still clash, ``Setup.goal`` says so."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        chosen = _choose_attacks() if mode == "run" else {}
        task = _choose_task(problem)
    return Setup(toy=problem, **task, **chosen, **_choose_more(problem))


def _choose_attacks() -> dict[str, Any]:
    titles = attack_titles()
    with control(PLAYGROUND.attacks.key):
        attacks = st.pills(
            "Attacks",
            list(titles),
            selection_mode="multi",
            default=PLAYGROUND.attacks.default,
            help="An attack that cannot do the case is left out: kFool with targets, Rank I without.",
            wrap=True,
            **PLAYGROUND.attacks.bound_as(titles.__getitem__),
        )
    with control(PLAYGROUND.weighting.key):
        weightings = st.pills(
            "MASW's weighting",
            list(WEIGHTING_TITLES),
            selection_mode="multi",
            default=PLAYGROUND.weighting.default,
            disabled="masw" not in attacks,
            help=tooltip("spw", "spl", "fixed", "uniform", more="Several run side by side."),
            wrap=True,
            **PLAYGROUND.weighting.bound_as(WEIGHTING_TITLES.__getitem__),
        )
    return {"attacks": tuple(attacks), "weightings": tuple(weightings)}


def _choose_task(problem: str) -> dict[str, Any]:
    labels = list(LAYOUTS[problem].labels if problem in LAYOUTS else LABELS)
    own = problem_parameters(problem)
    with control(own["true"].key, PLAYGROUND.widget("true")):
        true = st.pills(
            "True labels Y",
            labels,
            selection_mode="multi",
            default=own["true"].default,
            help=tooltip("true"),
            wrap=True,
            **own["true"].bound,
        )
    with control(own["target"].key, PLAYGROUND.widget("target")):
        target = st.pills(
            "Targets (none: untargeted)",
            labels,
            selection_mode="multi",
            default=own["target"].default,
            help=tooltip("target", more="Choose k of them, or none."),
            wrap=True,
            **own["target"].bound,
        )
    with control(own["k"].key, PLAYGROUND.widget("k")):
        k = st.number_input("k", 1, len(labels) - 1, own["k"].default, width=120, help=tooltip("k"), **own["k"].bound)
    return {"true": tuple(true), "target": tuple(target), "k": int(k)}


def _choose_more(problem: str) -> dict[str, Any]:
    """The folded settings. Also where the start and the painted points have their values."""
    (x0, y0), (x1, y1) = LAYOUTS[problem].box if problem in LAYOUTS else SQUARE
    own, shared = problem_parameters(problem), PLAYGROUND
    points = ""
    with (
        control(PLAYGROUND.widget(MORE)),
        st.expander("More settings", icon=":material/tune:"),
        st.grid("auto", min_column_width=170),
    ):
        x = number("Start x", x0, x1, 0.05, own["x"])
        y = number("Start y", y0, y1, 0.05, own["y"])
        steps = st.number_input(
            "Steps", 10, MOST_STEPS, shared.steps.default, step=10, help=tooltip("steps"), **shared.steps.bound
        )
        step_size = number("Step length", 0.001, 0.5, 0.005, shared.step, tooltip("step_size"))
        tau = number("τ, radius of the ball", 0.05, 3.0, 0.05, shared.tau, tooltip("tau"))
        rule = st.selectbox(
            "Step rule",
            ["unit", "raw"],
            help="unit: every step has the step length; raw: the gradient times the step length, as the paper writes.",
            **shared.rule.bound,
        )
        space = st.selectbox("MASW works on", ["logit", "probability"], **shared.space.bound)
        epsilon = number(
            "ε⁰, share of the first largest slack", 0.001, 1.0, 0.01, shared.epsilon, tooltip("epsilon", "epsilon0")
        )
        eta = number("η, growth of ε", 1.0, 1.2, 0.005, shared.eta, tooltip("eta"))
        st.selectbox("Tint by", ["predicted", "top-k"], help="Which label sets are tinted.", **shared.tint.bound)
        st.selectbox("Open the plane on", ["regions", "constraints", "surface"], **shared.view.bound)
        if problem == OWN:
            points = st.text_input("Points, as text", POINTS.default, max_chars=1500, **POINTS.bound)
    return {
        "start": (x, y),
        "steps": int(steps),
        "step_size": step_size,
        "tau": tau,
        "step_rule": rule,
        "space": space,
        "epsilon0": epsilon,
        "eta": eta,
        "points": points,
    }


def number(label: str, low: float, high: float, step: float, parameter: Parameter, about: str | None = None) -> float:
    """A number of the URL with its default."""
    value, bound = float(parameter.default), parameter.bound
    return float(st.number_input(label, float(low), float(high), value, step=step, format="%.3f", help=about, **bound))
