"""Two presses that set up a question about weights on whatever is chosen: all weightings, and a radius too small."""

from __future__ import annotations

from masw_core.views.glossary import tooltip
from pages.parts.compare.methods import WEIGHTINGS
from pages.shared import compute
from pages.shared.links import COMPARE

import streamlit as st

SMALL = 0.4  # of the recommended radius; most goals do not fit into that (docs/weighting.md)


def show_shortcuts(model: str, case: str) -> None:
    """The two buttons; they set the controls, and Compare runs."""
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Weightings side by side",
            icon=":material/balance:",
            key=COMPARE.widget("weightings"),
            on_click=_set,
            args=(COMPARE.methods.key, list(WEIGHTINGS)),
            help=tooltip("spw", "uniform", "fixed", "spl"),
        )
        if (tau := small_radius(model, case)) is not None:
            st.button(
                "A radius too small",
                icon=":material/compress:",
                key=COMPARE.widget("small_radius"),
                on_click=_set,
                args=(COMPARE.tau.key, tau),
                help=tooltip(
                    "tau",
                    more=f"Here {tau:g}, {SMALL:g} of the recommended: most goals do not fit into that, so some "
                    "constraints must be given up, and the weights say which.",
                ),
            )


def small_radius(model: str, case: str) -> float | None:
    """0.4 of the radius that the model recommends for a case; None where it recommends none."""
    recommended = compute.loaded(model).model.recommended_tau.get(case)
    return None if recommended is None else round(SMALL * recommended, 6)


def _set(key: str, value: object) -> None:
    st.session_state[key] = value
