"""The universal page's controls; values live in the URL."""

from __future__ import annotations

from typing import Any

from masw_core.engine.jobs import sentence_for
from masw_core.views.glossary import tooltip
from pages.parts.universal.compute import launch, problem_with
from pages.parts.universal.state import JOB_PAGE, UniversalOrder
from pages.shared import compute
from pages.shared.job_page import refuse
from pages.shared.lesson import MORE, control
from pages.shared.links import UNIVERSAL

import streamlit as st

MOST_SCENES = 500


def choose_order() -> UniversalOrder | None:
    """The run that the controls describe, or None with a sentence on the page if there is no model."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with control(UNIVERSAL.model.key):
            model = _choose_model()
        with control(UNIVERSAL.attack.key):
            attack = _choose_attack()
        with control(UNIVERSAL.k.key):
            k = st.number_input(
                "k",
                1,
                19,
                UNIVERSAL.k.default,
                width=110,
                help=tooltip("k"),
                **UNIVERSAL.k.bound,
            )
        with control(UNIVERSAL.passes.key):
            passes = st.number_input(
                "Passes",
                1,
                20,
                UNIVERSAL.passes.default,
                width=120,
                help="At most so many times over all scenes.",
                **UNIVERSAL.passes.bound,
            )
        with control(UNIVERSAL.samples.key):
            samples = st.number_input(
                "Training scenes",
                10,
                MOST_SCENES,
                UNIVERSAL.samples.default,
                step=10,
                width=160,
                help="Scenes that the model tags exactly right. More of them: slower, and better on new scenes.",
                **UNIVERSAL.samples.bound,
            )
    try:
        with st.spinner("Loading the model…"):
            compute.loaded(model)
    except ValueError as error:
        st.error(sentence_for(error), icon=":material/error:")
        return None
    return UniversalOrder(model, attack, int(k), int(passes), int(samples), **_choose_rest(model, attack))


def _choose_model() -> str:
    from masw_core.models import list_models

    infos = {info.name: info for info in list_models() if info.images == "drawings"}
    return st.selectbox(
        "Model",
        list(infos),
        width=240,
        help="Models made for the embedded scenes, which are the data here.",
        **UNIVERSAL.model.bound_as(lambda name: infos[name].title),
    )


def _choose_attack() -> str:
    from masw_core.attacks import list_attacks
    from masw_core.universal.presets import universal_preset

    names = [info.name for info in list_attacks() if info.supports("untargeted")]
    return st.selectbox(
        "Attack",
        names,
        width=230,
        help="The attack inside: it finds, scene by scene, what to add to the perturbation.",
        **UNIVERSAL.attack.bound_as(lambda name: universal_preset(name).title),
    )


def _choose_rest(model: str, attack: str) -> dict[str, Any]:
    """The folded settings; an empty box means: as the model and the attack say."""
    from masw_core.models.recommended_tau import recommended_universal_tau
    from masw_core.universal.presets import universal_preset

    row, tau = universal_preset(attack), recommended_universal_tau(model)
    panel = UNIVERSAL.widget(MORE)
    with control(panel), st.expander("More settings", icon=":material/tune:", key=panel):
        with st.grid("auto", min_column_width=180):
            radius = st.number_input(
                "τ, largest L2 norm",
                0.1,
                500.0,
                value=None,
                step=None,
                format="%g",
                **UNIVERSAL.tau.bound,
                placeholder="100 at 300 × 300" if tau is None else f"{tau:g}",
                help=tooltip("tau", more="Much more than one image needs: the same change has to fit all of them."),
            )
            steps = st.number_input(
                "Inner steps",
                1,
                300,
                value=None,
                step=1,
                placeholder=str(row.inner["steps"]),
                **UNIVERSAL.steps.bound,
                help=tooltip("steps", more="Of the attack inside, per scene."),
            )
            batch = st.number_input(
                "Batch",
                1,
                100,
                UNIVERSAL.batch.default,
                **UNIVERSAL.batch.bound,
                help="Scenes attacked at once from the same z; 1 is Algorithm 2 line by line.",
            )
            patience = st.number_input(
                "Patience E",
                0,
                40,
                UNIVERSAL.patience.default,
                **UNIVERSAL.patience.bound,
                help=tooltip("patience", more="A gain: SASR or LFR has risen."),
            )
            seed = st.number_input(
                "Seed", 0, 10_000, UNIVERSAL.seed.default, help="Order of the scenes.", **UNIVERSAL.seed.bound
            )
            held_out = st.number_input(
                "Held-out scenes", 10, 200, UNIVERSAL.held_out.default, step=10, **UNIVERSAL.held_out.bound
            )
        rate = row.outer.get("target_rate")
        ends = f" Ends early when {rate:.0%} of the training scenes are fooled." if rate else ""
        st.caption(f"{row.title}: {row.source}. {row.deviates}{ends}")
    return {
        "seed": int(seed),
        "held_out": int(held_out),
        "inner": () if steps is None else (("steps", int(steps)),),
        "outer": (
            *(() if radius is None else (("tau", float(radius)),)),
            ("batch", int(batch)),
            ("patience", int(patience)),
        ),
    }


def run_or_stop(order: UniversalOrder) -> None:
    """Run, or Stop while the session's run is going, or Continue where it was stopped."""
    if JOB_PAGE.stop_button():
        return
    run = JOB_PAGE.current()
    with st.container(horizontal=True):
        start = JOB_PAGE.run_button()
        again = run is not None and run.can_continue and run.order == order and _continue_button()
    if not (start or again):
        return
    with st.spinner("Choosing scenes that the model tags exactly right…"):
        problem = problem_with(order)
    if problem:
        refuse(problem)
        return
    JOB_PAGE.start(launch(order, before=run if again else None))


def _continue_button() -> bool:
    key = UNIVERSAL.widget("continue")
    return st.button("Continue", icon=":material/resume:", key=key, width=JOB_PAGE.wide)
