"""The lab's own controls: which attack, and the folded settings; whether an order can run, and the button that runs it.

Five things are always visible (picture and model, attack, case, k, Run); the rest is folded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pages.parts.lab.advanced import PANEL, advanced
from pages.parts.lab.compute import launch, prepared
from pages.parts.lab.state import JOB_PAGE, Order
from pages.shared import compute
from pages.shared.cases import CASES
from pages.shared.controls import choose_cost, choose_seed
from pages.shared.from_link import take_step
from pages.shared.lesson import control
from pages.shared.links import LAB

import streamlit as st

if TYPE_CHECKING:
    from masw_core.attacks import AttackInfo
    from masw_core.engine.loop import Prepared


def choose_attack() -> AttackInfo:
    from masw_core.attacks import list_attacks

    infos = {info.name: info for info in list_attacks()}
    name = st.selectbox(
        "Attack",
        list(infos),
        **LAB.attack.bound_as(lambda n: infos[n].title),
        help="  \n".join(f"**{info.title}**: {info.summary}" for info in infos.values()),
    )
    return infos[name]


def choose_rest(info: AttackInfo, model: str, case: str) -> dict[str, Any]:
    """The folded settings: preset, seed, attack cost and every field of the attack."""
    chosen = LAB.preset(info.name)
    keys = (chosen.key, LAB.seed.key, LAB.cost.key, *(LAB.setting(info.name, one.name).key for one in info.settings))
    with (
        control(PANEL, *keys),
        st.expander("Advanced settings", icon=":material/tune:", key=PANEL),
    ):
        with st.grid("auto", min_column_width=210):
            with control(PANEL, chosen.key):
                preset = st.selectbox(
                    "Preset",
                    list(info.presets),
                    **chosen.bound,
                    help="“paper” uses the numbers as printed; empty boxes below show the preset's values.",
                )
            with control(PANEL, LAB.seed.key):
                seed = choose_seed(LAB)
            with control(PANEL, LAB.cost.key):
                cost = choose_cost(case, LAB)
        tau = compute.loaded(model).model.recommended_tau.get(case)
        settings = advanced(info, preset, tau)
        st.caption(f"{info.title}: {info.summary} After {info.paper}. {_fidelity(info)}")
    return {
        "preset": preset,
        "seed": int(seed),
        "attack_cost": cost,
        "settings": tuple(sorted(settings.items())),
    }


def _fidelity(info: AttackInfo) -> str:
    return {
        "faithful": "Implemented faithfully to the paper; differences are listed in its docstring.",
        "port": "A port of the authors' public code.",
        "reconstruction": "A reconstruction: the paper leaves parts open.",
    }[info.fidelity]


def checked(order: Order, info: AttackInfo) -> Prepared | str:
    """The run that this order asks for, ready to start, or why it cannot run, in one sentence."""
    if not info.supports(order.case):
        possible = [title for case, title in CASES.items() if info.supports(case)]
        return f"{info.title} cannot do the {order.case} case: choose {' or '.join(possible).lower()}."
    try:
        return prepared(order)
    except ValueError as error:
        return str(error)


def run_or_stop(order: Order, info: AttackInfo) -> None:
    """The one button; says first why an order is impossible."""
    ready = checked(order, info)
    if isinstance(ready, str):
        JOB_PAGE.run_or_stop(None, ready)
    else:
        JOB_PAGE.run_or_stop(lambda: launch(order, ready, take_step(LAB.step)))
