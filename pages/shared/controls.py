"""The lab's controls: what is attacked, how, and whether that is possible at all.

Five things are always visible (picture and model, attack, case, k, Run); the rest is folded. Values live in the
URL, under the names people read, so that a link reopens the same settings. What other pages ask too takes the prefix of
its keys as ``page``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from masw_core.engine.jobs import sentence_for
from pages.parts.lab.advanced import advanced
from pages.shared import compute
from pages.shared.state import Order, Picture, changed, current_run, set_run

import streamlit as st

if TYPE_CHECKING:
    from masw_core.attacks import AttackInfo
    from masw_core.models import ModelInfo

CASES = {
    "untargeted": "Untargeted",
    "best": "Best case",
    "random": "Random case",
    "worst": "Worst case",
}
CASE_HELP = (
    "Untargeted: every true label must leave the top k and fall below 0.5. Best, random and worst case: the top k "
    "must become exactly k target labels, the likeliest ones, random ones or the least likely ones."
)


def choose_model(picture: Picture, page: str = "lab") -> str:
    """The model to attack: the one the picture brings along, unless somebody changes it."""
    from masw_core.models import list_models

    infos = {info.name: info for info in list_models()}
    names = list(infos)
    if changed(f"{page}_model", picture.digest):
        st.session_state[f"{page}_model"] = picture.model
    name = st.selectbox(
        "Model",
        names,
        index=names.index(picture.model),
        format_func=lambda n: infos[n].title,
        key=f"{page}_model",
        bind="query-params",
        help="  \n".join(f"**{info.title}**: {info.summary}." for info in infos.values()),
    )
    st.caption(_why(picture, infos[name]))
    return name


def _why(picture: Picture, info: ModelInfo) -> str:
    """Why this model, in a sentence, and what it costs to fetch it."""
    if info.name == picture.model:
        text = picture.why
    else:
        made_for = "photos" if info.images == "photos" else "drawings"
        text = f"Your choice: {info.title} was made for {made_for}, so judge its labels before you attack them."
    return f"{text} First use fetches {info.downloads}." if info.downloads else text


def load_or_explain(picture: Picture, name: str) -> compute.Loaded | None:
    """The model, ready and fed with the picture; if that cannot be, None and a sentence on the page."""
    try:
        with st.spinner("Loading the model…"):
            here = compute.loaded(name)
            compute.clean_scores(picture.digest, picture.data, name)
    except ValueError as error:
        st.error(sentence_for(error), icon=":material/error:")
        return None
    return here


def preview(picture: Picture, here: compute.Loaded) -> None:
    """The picture as the model sees it."""
    from masw_core.views.pictures import png

    height, width = here.model.input_size
    seen = compute.model_input(picture.digest, picture.data, here.model.input_size)
    st.image(png(seen), width=230, caption=f"as the model sees it, {width} × {height}", alt=picture.alt)


def choose_attack() -> AttackInfo:
    from masw_core.attacks import list_attacks

    infos = {info.name: info for info in list_attacks()}
    name = st.selectbox(
        "Attack",
        list(infos),
        format_func=lambda n: infos[n].title,
        key="lab_attack",
        bind="query-params",
        help="  \n".join(f"**{info.title}**: {info.summary}" for info in infos.values()),
    )
    return infos[name]


def choose_case(page: str = "lab") -> str:
    return st.segmented_control(
        "Case",
        list(CASES),
        default="untargeted",
        required=True,
        format_func=CASES.__getitem__,
        key=f"{page}_case",
        bind="query-params",
        help=CASE_HELP,
        wrap=True,
    )


def choose_k(labels: int, page: str = "lab") -> int:
    return int(
        st.number_input(
            "k", 1, labels - 1, 3, key=f"{page}_k", bind="query-params", help="How many of the highest scores count."
        )
    )


def choose_true(picture: Picture, model: str, page: str = "lab") -> tuple[str, ...]:
    """The true labels: proposed by the model, editable."""
    labels = list(compute.loaded(model).model.labels)
    proposal = compute.proposed_labels(picture, model)
    if changed(f"{page}_true", (picture.digest, model)):
        st.session_state[f"{page}_true"] = proposal
    chosen = st.multiselect(
        "True labels",
        labels,
        default=proposal,
        key=f"{page}_true",
        bind="query-params",
        help="Proposed by the model (all labels at 0.5 or more). Correct them if it is wrong: they are attacked.",
    )
    return tuple(chosen)


def choose_rest(info: AttackInfo, model: str, case: str) -> dict[str, Any]:
    """The folded settings: preset, seed, attack cost and every field of the attack."""
    with st.expander("Advanced settings", icon=":material/tune:", key="lab_advanced"):
        with st.grid("auto", min_column_width=210):
            preset = st.selectbox(
                "Preset",
                list(info.presets),
                key=f"lab_{info.name}_preset",
                bind="query-params",
                help="“paper” uses the numbers as printed; empty boxes below show the preset's values.",
            )
            seed = st.number_input(
                "Seed", 0, 10_000, 0, key="lab_seed", bind="query-params", help="For random targets and random starts."
            )
            cost = st.toggle(
                "Keep the other labels (attack cost)",
                key="lab_cost",
                bind="query-params",
                disabled=case == "untargeted",
                help="Targeted cases only: labels neither true nor target must keep their side of 0.5 (Eq. S.4).",
            )
        tau = compute.loaded(model).model.recommended_tau.get(case)
        settings = advanced(info, preset, tau)
        st.caption(f"{info.title}: {info.summary} After {info.paper}. {_fidelity(info)}")
    return {
        "preset": preset,
        "seed": int(seed),
        "attack_cost": bool(cost) and case != "untargeted",
        "settings": tuple(sorted(settings.items())),
    }


def _fidelity(info: AttackInfo) -> str:
    return {
        "faithful": "Implemented faithfully to the paper; differences are listed in its docstring.",
        "port": "A port of the authors' public code.",
        "reconstruction": "A reconstruction: the paper leaves parts open.",
    }[info.fidelity]


def problem_with(order: Order, info: AttackInfo) -> str | None:
    """Why this order cannot run, in one sentence, or None."""
    if not info.supports(order.case):
        possible = [title for case, title in CASES.items() if info.supports(case)]
        return f"{info.title} cannot do the {order.case} case: choose {' or '.join(possible).lower()}."
    try:
        compute.attack_of(order).prepared(compute.loaded(order.model).model, compute.goal_of(order))
    except ValueError as error:
        return str(error)
    return None


def run_or_stop(order: Order, info: AttackInfo) -> None:
    """The one button: Run, or Stop while the session's run is going. Says first why an order is impossible."""
    problem = problem_with(order, info)
    if problem:
        st.warning(sentence_for(ValueError(problem)), icon=":material/block:")
    run = current_run()
    if run is not None and run.job.active:
        st.button("Stop", icon=":material/stop:", key="lab_stop", on_click=run.job.stop, width="stretch")
    elif st.button(
        "Run", type="primary", icon=":material/play_arrow:", key="lab_run", disabled=bool(problem), width="stretch"
    ):
        set_run(compute.launch(order))
        st.rerun()
