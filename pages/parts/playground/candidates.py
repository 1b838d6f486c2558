"""Two candidate points side by side: top-k sets and all six measures, formulas and sets written out."""

from __future__ import annotations

from masw_core.toy.setup import Setup
from masw_core.views.toy_points import Seen, braces, seen_at
from pages.shared.lesson import presenting
from pages.shared.links import PLAYGROUND

import numpy as np
import streamlit as st

FORMULAS = {
    "lc": ("LC, Eq. 1", r"\mathbb{I}(Y\subset\hat Y_k)+\mathbb{I}(\hat Y_k\subset Y)+\mathbb{I}(\hat Y_k=Y)"),
    "slc": ("soft LC, Eq. 5", r"|Y\cap\hat Y_k|\,/\min(|Y|,|\hat Y_k|)"),
    "lf": ("LF, Eq. 2", r"\mathbb{I}(|Y_{lf}|\neq 0)"),
    "slf": ("soft LF, Eq. 6", r"|Y_{lf}|\,/\,|Y|"),
    "ac": ("AC, Eq. 3", r"\mathbb{I}(|B_I|\neq|B|)"),
    "soft_ac": ("soft AC, Eq. S.2", r"1-|B_I|\,/\,|B|"),
}
PAIRS = (("lc", "slc"), ("lf", "slf"), ("ac", "soft_ac"))


def compare(setup: Setup, points: list[list[float]]) -> None:
    """The clean point and both candidates."""
    seen = seen_at(setup, [setup.start, *points])
    norms = [float(np.hypot(x - setup.start[0], y - setup.start[1])) for x, y in points]
    _verdict(seen)
    st.dataframe(
        [
            {
                "": name,
                "where": f"({x:.2f}, {y:.2f})",
                "distance": distance,
                f"top {setup.k}": braces(own.top),
                "predicted": braces(own.on),
            }
            for name, (x, y), distance, own in zip(
                ("clean point", "candidate 1", "candidate 2"), [setup.start, *points], [0.0, *norms], seen, strict=True
            )
        ],
        hide_index=True,
        column_config={"distance": st.column_config.NumberColumn(format="%.2f")},
        alt="Top-k sets and predicted labels at the three points",
    )
    names = list(FORMULAS)
    if presenting():  # one old measure and its soft version
        titles = {old: FORMULAS[old][0].partition(",")[0] for old, _ in PAIRS}
        old = st.segmented_control(
            "Measure",
            list(titles),
            default=PAIRS[0][0],
            required=True,
            format_func=titles.__getitem__,
            key=PLAYGROUND.widget("pair"),
            label_visibility="collapsed",
        )
        names = [old, dict(PAIRS)[old]]
    with st.grid("auto", min_column_width=290, gap="small"):
        for name in names:
            with st.container(border=True, height="stretch", gap="xsmall"):
                _measure(setup, name, seen[1:])


def _measure(setup: Setup, name: str, seen: list[Seen]) -> None:
    title, formula = FORMULAS[name]
    if setup.target and name in ("lc", "slc"):
        formula = (
            formula.replace("Y\\subset", "Y_t\\subset").replace("subset Y)", "subset Y_t)").replace("=Y)", "=Y_t)")
        )
        formula = formula.replace("|Y\\cap", "|Y_t\\cap").replace("(|Y|,", "(|Y_t|,")
    st.markdown(f"**{title}:** ${formula}$")
    for number, own in enumerate(seen, start=1):
        st.markdown(f"{number}: {_written(setup, name, own)} → **{own.measures[name]:.3g}**")


def _written(setup: Setup, name: str, own: Seen) -> str:
    """The sets of a formula, filled in."""
    wanted = list(setup.target or setup.true)
    if name in ("lc", "slc"):
        letter = "Y_t" if setup.target else "Y"
        text = f"${letter}=${braces(wanted)}, $\\hat Y_k=${braces(own.top)}"
        if name == "slc":
            shared = [label for label in wanted if label in own.top]
            text += f", shared {braces(shared)}: {len(shared)} / {min(len(wanted), setup.k)}"
        return text
    if name in ("lf", "slf"):
        still = [label for label in setup.true if label in own.on]
        text = f"$Y=${braces(setup.true)}, still on $Y_{{lf}}=${braces(still)}"
        return text + (f": {len(still)} / {len(setup.true)}" if name == "slf" else "")
    text = f"$B=${braces(own.other)}, unchanged $B_I=${braces(own.same)}"
    return text + (f": 1 − {len(own.same)} / {len(own.other)}" if name == "soft_ac" else "")


def _verdict(seen: list[Seen]) -> None:
    """Which old measures tie where their soft versions do not."""
    names = {"lc": "label consistency", "lf": "label flip", "ac": "attack cost"}
    _, first, second = seen
    blind = [
        names[old]
        for old, new in PAIRS
        if first.measures[old] == second.measures[old] and abs(first.measures[new] - second.measures[new]) > 1e-6
    ]
    if blind:
        st.success(
            f"The two points tie in {' and '.join(blind)}, but not in their soft versions.", icon=":material/balance:"
        )
    else:
        st.info(
            "Here the old measures do not hide a difference: drag a point into another region.", icon=":material/info:"
        )
