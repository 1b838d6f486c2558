"""What stands around the plane: controls of the other modes, fluctuation numbers, exports, where it differs."""

from __future__ import annotations

import io
from functools import partial
from typing import Any

from masw_core.toy import LAYOUTS
from masw_core.toy.fluctuation import fluctuation_of
from masw_core.toy.names import OWN
from masw_core.toy.points import LABELS, decode
from masw_core.toy.setup import Setup
from masw_core.trace.trace import Trace
from masw_core.views import toy_code, toy_export
from pages.parts.playground.compute import conflict_of
from pages.parts.playground.controls import number
from pages.parts.playground.defaults import POINTS, SQUARE, problem_parameters
from pages.parts.playground.touch import PLAYER
from pages.shared.conflict import draw
from pages.shared.lesson import MORE, control
from pages.shared.links import PLAYGROUND
from pages.shared.parts import FILES, Part, folded
from pages.shared.share import set_now, share
from pages.shared.take_along import take_along

import streamlit as st

PLANE = "Plane"  # the part that the player is, on a projector
Runs = list[tuple[str, str, Trace]]

ABOUT = {
    "film": "**A reconstruction.** The film of the paper shows five regions and three moving dots, but neither its "
    "label sets nor its network are published. Ours: labels 1 and 2 are true in the triangle, label 1 goes on to the "
    "left, label 2 to the right, so that leaving one means staying with the other; a small tanh network learned that. "
    "**As in the film:** TkML climbs to the upper edge and wanders along it without ever succeeding, MASW walks left "
    "across the boundary and comes to rest near (−0.6, 0.87), kFool jumps into a corner and stays. **Not as in the "
    "film:** our kFool takes the corner (−1, 1), not (1, 1); PGD, which the film leaves out, reaches the left corner "
    "too and goes on shaking, because its loss has no floor. All loss attacks take steps of the same length here.",
    "fig1": "The paper gives label sets for the clean point and the two candidates; regions, positions and network are "
    "ours. The measures below are computed from the network's scores, nowhere are they written down.",
    OWN: "Paint points with label sets and a network is trained on them, in about a second. The link keeps them.",
}


def mode_controls(problem: str, mode: str, setup: Setup) -> dict[str, Any]:
    """Controls that only one mode has; what the player needs to know of them."""
    more: dict[str, Any] = {}
    if mode == "candidates":
        more["candidates"] = _candidates(problem)
    if problem == OWN:
        try:
            drops = decode(setup.points)
        except ValueError:
            drops = []
        more["drops"] = [[x, y, ",".join(LABELS[j] for j in labels)] for x, y, labels in drops]
        if mode == "paint":
            more["brush"] = ",".join(_brush(len(drops)))
        else:
            more["drops"] = [[x, y, " "] for x, y, _ in more["drops"]]
    return more


def _candidates(problem: str) -> list[list[float]]:
    (x0, y0), (x1, y1) = LAYOUTS[problem].box if problem in LAYOUTS else SQUARE
    points, own = [], problem_parameters(problem)
    with control(PLAYGROUND.widget(MORE)):
        for n, column in enumerate(st.columns(2), start=1):
            with column, st.container(horizontal=True):
                x = number(f"Point {n}, x", x0, x1, 0.05, own[f"x{n}"])
                y = number(f"Point {n}, y", y0, y1, 0.05, own[f"y{n}"])
                points.append([x, y])
    return points


def _brush(count: int) -> list[str]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        brush = st.pills(
            "Brush: labels of new points",
            LABELS,
            selection_mode="multi",
            default=PLAYGROUND.brush.default,
            **PLAYGROUND.brush.bound,
        )
        st.button("Undo last", icon=":material/undo:", on_click=_cut_points, args=(-3,), disabled=not count)
        st.button("Clear", icon=":material/delete:", on_click=_cut_points, args=(0,), disabled=not count)
        st.caption(f"{count} points")
    return list(brush)


def _cut_points(end: int) -> None:
    st.session_state[POINTS.key] = (st.session_state.get(POINTS.key) or "")[:end]


def parts(setup: Setup, runs: Runs, data: dict[str, Any]) -> dict[str, Part]:
    """What is told of the runs, below the plane."""
    return {
        "Conflict": ("conflict", lambda: conflict(setup, runs, data)),
        "Fluctuation": ("fluctuation", lambda: numbers(runs)),
        "Files": (FILES, lambda: exports(setup, runs, data)),
    }


def numbers(runs: Runs) -> None:
    """How restless each run was, as a table."""
    rows = []
    for _, title, trace in runs:
        found = fluctuation_of(trace)
        rows.append(
            {
                "run": title,
                "goal at the end": "reached" if trace.success[-1] else "not reached",
                "first reached": "never" if trace.first_success is None else f"step {trace.first_success}",
                "constraints held": f"{int((trace.constraints[-1] >= 0).sum())} of {trace.constraints.shape[1]}",
                "travelled": found.travelled,
                "gained": found.gained,
                "travelled ÷ gained": found.ratio,
                "boundary crossings": found.crossings,
                "rises of L": found.rises,
                "last third": found.late,
            }
        )
    if not rows:
        st.info("No attack is on: choose at least one above that can do the case.", icon=":material/info:")
        return
    st.subheader("Fluctuation", anchor=False)
    shown = {
        name: st.column_config.NumberColumn(format="%.2f") for name in ("travelled", "gained", "travelled ÷ gained")
    }
    shown["last third"] = st.column_config.NumberColumn(
        format="%.2f", help="Length of the last third of the path: 0 is rest."
    )
    st.dataframe(rows, hide_index=True, column_config=shown, alt="Fluctuation numbers of every run")


def conflict(setup: Setup, runs: Runs, data: dict[str, Any]) -> None:
    """Which constraints pull against each other where the cursor rests; computed when somebody opens it."""
    if not runs:
        return
    key = PLAYGROUND.widget("conflict")
    panel = folded("Conflict at this step", ":material/compare_arrows:", key)
    if panel is None:
        return
    with panel:
        titles = {name: title for name, title, _ in runs}
        chosen = st.segmented_control(
            "Run", list(titles), format_func=titles.__getitem__, default=runs[0][0], required=True, key=f"{key}_run"
        )
        trace = next(trace for name, _, trace in runs if name == chosen)
        step = min(_resting_step(data, 0), len(trace) - 1)
        st.markdown(f"**{titles[chosen]}, step {step}.** In the view “Constraints” above, arrows show the same pulls.")
        draw(trace, conflict_of(setup, chosen, step), key)


def _resting_step(data: dict[str, Any], otherwise: int) -> int:
    at = (st.session_state.get(PLAYER) or {}).get("at") or {}
    return int(at.get("step", 0)) if at.get("id") == data["id"] else otherwise


def exports(setup: Setup, runs: Runs, data: dict[str, Any]) -> None:
    """Animation, picture, traces and code; built when clicked."""
    if not runs:
        return
    step = _resting_step(data, len(runs[0][2]) - 1)
    with st.container(horizontal=True):
        take_along(
            "Animation (WebP)", lambda: toy_export.animation(data, "webp"), "run.webp", "image/webp", "export_webp"
        )
        take_along("Animation (GIF)", lambda: toy_export.animation(data, "gif"), "run.gif", "image/gif", "export_gif")
        take_along("Picture (PNG)", lambda: toy_export.png(data, step), f"step-{step}.png", "image/png", "export_png")
        for key, title, trace in runs:
            take_along(
                f"Trace of {title}",
                partial(_npz, trace),
                f"trace-{key}.npz",
                "application/zip",
                f"export_trace_{key}",
            )
        take_along("Python code", lambda: toy_code.code(setup), "run.py", "text/x-python", "export_code")
    with st.expander("The same run in Python", icon=":material/code:"):
        st.code(toy_code.code(setup), language="python")


def link(problem: str, data: dict[str, Any]) -> None:
    """The link to everything that is set here, to open at the step at which the cursor rests."""
    own = problem_parameters(problem).values()
    query = set_now([*PLAYGROUND.parameters().values(), *own]) | PLAYGROUND.query(at=_resting_step(data, data["at"]))
    share(PLAYGROUND, query)


def _npz(trace: Trace) -> bytes:
    file = io.BytesIO()
    trace.save(file)
    return file.getvalue()


def about(problem: str) -> None:
    """What is the paper's and what is ours."""
    st.caption(ABOUT.get(problem, ABOUT["fig1"]))
