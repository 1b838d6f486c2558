"""Two candidate points side by side: top-k sets and all six measures, formulas and sets written out."""

from __future__ import annotations

from typing import Any

from masw_core.task import measures
from masw_core.toy.setup import Setup

import streamlit as st
import torch

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
    model, goal = setup.model(), setup.goal()
    with torch.inference_mode():
        scores = model(torch.cat([setup.start_point()[None], torch.tensor(points)])).clone()
    found = measures.of_goal(goal[torch.zeros(3, dtype=torch.long)], scores, scores[:1].expand_as(scores))
    sets = [_sets(setup, row, scores[0]) for row in scores]
    norms = [float(torch.tensor(point).sub(setup.start_point()).norm()) for point in points]
    _verdict(found)
    st.dataframe(
        [
            {
                "": name,
                "where": f"({x:.2f}, {y:.2f})",
                "distance": distance,
                f"top {setup.k}": _braces(own["top"]),
                "predicted": _braces(own["on"]),
            }
            for name, (x, y), distance, own in zip(
                ("clean point", "candidate 1", "candidate 2"), [setup.start, *points], [0.0, *norms], sets, strict=True
            )
        ],
        hide_index=True,
        column_config={"distance": st.column_config.NumberColumn(format="%.2f")},
        alt="Top-k sets and predicted labels at the three points",
    )
    with st.grid("auto", min_column_width=290, gap="small"):
        for name in FORMULAS:
            with st.container(border=True, height="stretch", gap="xsmall"):
                _measure(setup, name, found, sets[1:])


def _measure(setup: Setup, name: str, found: dict[str, Any], sets: list[dict[str, list[str]]]) -> None:
    title, formula = FORMULAS[name]
    if setup.target and name in ("lc", "slc"):
        formula = (
            formula.replace("Y\\subset", "Y_t\\subset").replace("subset Y)", "subset Y_t)").replace("=Y)", "=Y_t)")
        )
        formula = formula.replace("|Y\\cap", "|Y_t\\cap").replace("(|Y|,", "(|Y_t|,")
    st.markdown(f"**{title}:** ${formula}$")
    for number, (own, value) in enumerate(zip(sets, found[name].tolist()[1:], strict=True), start=1):
        st.markdown(f"{number}: {_written(setup, name, own)} → **{value:.3g}**")


def _written(setup: Setup, name: str, own: dict[str, list[str]]) -> str:
    """The sets of a formula, filled in."""
    wanted = list(setup.target or setup.true)
    if name in ("lc", "slc"):
        letter = "Y_t" if setup.target else "Y"
        text = f"${letter}=${_braces(wanted)}, $\\hat Y_k=${_braces(own['top'])}"
        if name == "slc":
            shared = [label for label in wanted if label in own["top"]]
            text += f", shared {_braces(shared)}: {len(shared)} / {min(len(wanted), setup.k)}"
        return text
    if name in ("lf", "slf"):
        still = [label for label in setup.true if label in own["on"]]
        text = f"$Y=${_braces(setup.true)}, still on $Y_{{lf}}=${_braces(still)}"
        return text + (f": {len(still)} / {len(setup.true)}" if name == "slf" else "")
    text = f"$B=${_braces(own['other'])}, unchanged $B_I=${_braces(own['same'])}"
    return text + (f": 1 − {len(own['same'])} / {len(own['other'])}" if name == "soft_ac" else "")


def _sets(setup: Setup, scores: Any, clean: Any) -> dict[str, list[str]]:
    labels = setup.model().labels
    top = measures.top_k(scores[None], setup.k)[0]
    other = [j for j, name in enumerate(labels) if name not in setup.true and name not in setup.target]
    return {
        "top": [name for j, name in enumerate(labels) if top[j]],
        "on": [name for j, name in enumerate(labels) if scores[j] >= 0],
        "other": [labels[j] for j in other],
        "same": [labels[j] for j in other if (scores[j] >= 0) == (clean[j] >= 0)],
    }


def _verdict(found: dict[str, Any]) -> None:
    """Which old measures tie where their soft versions do not."""
    names = {"lc": "label consistency", "lf": "label flip", "ac": "attack cost"}
    blind = [
        names[old]
        for old, new in PAIRS
        if float(found[old][1]) == float(found[old][2]) and abs(float(found[new][1] - found[new][2])) > 1e-6
    ]
    if blind:
        st.success(
            f"The two points tie in {' and '.join(blind)}, but not in their soft versions.", icon=":material/balance:"
        )
    else:
        st.info(
            "Here the old measures do not hide a difference: drag a point into another region.", icon=":material/info:"
        )


def _braces(labels: Any) -> str:
    return "{" + ", ".join(labels) + "}" if labels else "∅"
