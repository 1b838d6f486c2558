"""The universal page's controls; values live in the URL, prefix ``uni_``."""

from __future__ import annotations

from typing import Any

from masw_core.engine.jobs import sentence_for
from pages.parts.universal import compute as universal_compute
from pages.parts.universal.state import UniversalOrder, current_run, set_run
from pages.shared import compute

import streamlit as st

_URL: dict[str, Any] = {"bind": "query-params"}
MOST_SCENES = 500


def choose_order() -> UniversalOrder | None:
    """The run that the controls describe, or None with a sentence on the page if there is no model."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        model = _choose_model()
        attack = _choose_attack()
        k = st.number_input("k", 1, 19, 3, key="uni_k", width=110, help="How many of the highest scores count.", **_URL)
        passes = st.number_input(
            "Passes", 1, 20, 5, key="uni_passes", width=120, help="At most so many times over all scenes.", **_URL
        )
        samples = st.number_input(
            "Training scenes", 10, MOST_SCENES, 200, step=10, key="uni_samples", width=160,
            help="Scenes that the model tags exactly right. More of them: slower, and better on new scenes.", **_URL,
        )  # fmt: skip
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
        "Model", list(infos), format_func=lambda name: infos[name].title, key="uni_model", width=240,
        help="Models made for the embedded scenes, which are the data here.", **_URL,
    )  # fmt: skip


def _choose_attack() -> str:
    from masw_core.attacks import list_attacks
    from masw_core.universal.presets import universal_preset

    names = [info.name for info in list_attacks() if info.supports("untargeted")]
    return st.selectbox(
        "Attack", names, format_func=lambda name: universal_preset(name).title, key="uni_attack", width=230,
        help="The attack inside: it finds, scene by scene, what to add to the perturbation.", **_URL,
    )  # fmt: skip


def _choose_rest(model: str, attack: str) -> dict[str, Any]:
    """The folded settings; an empty box means: as the model and the attack say."""
    from masw_core.models.recommended_tau import recommended_universal_tau
    from masw_core.universal.presets import universal_preset

    row, tau = universal_preset(attack), recommended_universal_tau(model)
    with st.expander("More settings", icon=":material/tune:", key="uni_more"):
        with st.grid("auto", min_column_width=180):
            radius = st.number_input(
                "τ, largest L2 norm", 0.1, 500.0, value=None, step=None, format="%g", key="uni_tau",
                placeholder="100 at 300 × 300" if tau is None else f"{tau:g}", **_URL,
                help="Much more than one image needs: the same change has to fit all of them.",
            )  # fmt: skip
            steps = st.number_input(
                "Inner steps", 1, 300, value=None, step=1, key="uni_steps", placeholder=str(row.inner["steps"]), **_URL,
                help="Updates that the attack inside may make per scene.",
            )  # fmt: skip
            batch = st.number_input(
                "Batch", 1, 100, 10, key="uni_batch", **_URL,
                help="Scenes attacked at once from the same z; 1 is Algorithm 2 line by line.",
            )  # fmt: skip
            patience = st.number_input(
                "Patience E", 0, 40, 3, key="uni_patience", **_URL,
                help="End when neither SASR nor LFR has risen for more than this many passes.",
            )  # fmt: skip
            seed = st.number_input("Seed", 0, 10_000, 0, key="uni_seed", help="Order of the scenes.", **_URL)
            held_out = st.number_input("Held-out scenes", 10, 200, 100, step=10, key="uni_held_out", **_URL)
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
    run = current_run()
    if run is not None and run.job.active:
        st.button("Stop", icon=":material/stop:", key="uni_stop", on_click=run.job.stop, width=220)
        return
    with st.container(horizontal=True):
        start = st.button("Run", type="primary", icon=":material/play_arrow:", key="uni_run", width=220)
        stopped = run is not None and run.job.state in ("stopped", "abandoned") and run.record and run.order == order
        again = stopped and st.button("Continue", icon=":material/resume:", key="uni_continue", width=220)
    if not (start or again):
        return
    with st.spinner("Choosing scenes that the model tags exactly right…"):
        problem = universal_compute.problem_with(order)
    if problem:
        st.warning(sentence_for(ValueError(problem)), icon=":material/block:")
        return
    set_run(universal_compute.launch(order, before=run if again else None))
    st.rerun()
