"""The folded panel on the landscape: a slice of image space around a run, computed in the background when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pages.shared import compute
from pages.shared.job_page import JobPage, Run, refuse
from pages.shared.parts import fitting, folded

import streamlit as st

if TYPE_CHECKING:
    from masw_core.one_picture.landscape import Landscape, Path, Plane  # noqa: F401 - names what the job records
    from masw_core.trace.trace import Trace

RANDOM = "a random direction"
SIZES = (21, 41)
FORWARD = 0.4  # of the time of a step, which also goes backwards


@dataclass(frozen=True)
class Order:
    """What a slice is made of: the run, the other attack that lies in it (or a random direction), and its size."""

    run: str
    other: str
    seed: int
    size: int


@dataclass
class LandscapeRun(Run[Order, "Landscape"]):
    """A slice that is being computed, and what is laid on it."""

    plane: Plane
    paths: list[Path]
    trace: Trace = field(repr=False)

    def progress(self) -> tuple[float, str]:
        return self.job.done_steps / self.order.size, f"Row {self.job.done_steps} of {self.order.size}"

    def stopped(self) -> str:
        return f"Stopped after {self.job.done_steps} of {self.order.size} rows; they are drawn."

    def badges(self) -> list[str]:
        return []


def show(run: Run[Any, Any], traces: Mapping[str, Trace], page: JobPage[Any]) -> None:
    """The panel, for runs that have ended; the plane leads to the first trace's best step.

    Args:
        run: that the traces belong to.
        traces: by what people call them.
        page: whose panel it is.
    """
    key = page.links.widget("landscape")
    kept: dict[Order, LandscapeRun] = st.session_state.setdefault(f"{key}_kept", {})
    for old in [old for old in kept if old.run != run.id]:
        kept.pop(old).job.stop()
    if run.job.active:
        return
    panel = folded("Landscape around this picture", ":material/landscape:", key)
    if panel is None:
        return
    with panel:
        order = _choose(run, traces, key)
        there = kept.get(order)
        if there is not None and there.job.active:
            st.button("Stop", icon=":material/stop:", on_click=there.job.stop, key=f"{key}_stop")
        elif st.button(
            "Draw the landscape", icon=":material/landscape:", key=f"{key}_draw", disabled=there is not None
        ):
            try:
                kept[order] = _launch(run, traces, order)
            except ValueError as error:
                refuse(str(error))
            else:
                st.rerun()
        if there is not None:
            _watch(there, page, key)


def _choose(run: Run[Any, Any], traces: Mapping[str, Trace], key: str) -> Order:
    others = [*list(traces)[1:], RANDOM]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        other = st.selectbox("Second direction", others, key=f"{key}_other_{run.id}", width=260)
        seed = st.number_input(
            "Seed of the direction", 0, 10_000, 0, key=f"{key}_seed", disabled=other != RANDOM, width=200
        )
        size = st.segmented_control(
            "Points along a side",
            SIZES,
            default=SIZES[0],
            required=True,
            key=f"{key}_size",
            help="41 is four times the work.",
        )
    seconds = FORWARD * size**2 * run.job.seconds / max(run.job.done_steps, 1)
    pace = f", about {max(seconds, 1):.0f} s here while nobody else computes" if seconds else ""
    st.caption(f"{size**2} forwards of the network{pace}.")
    return Order(run.id, other, int(seed) if other == RANDOM else 0, size)


def _launch(run: Run[Any, Any], traces: Mapping[str, Trace], order: Order) -> LandscapeRun:
    """Put the slice in line.

    Raises:
        ValueError: the run did not move, or both went the same way; one sentence.
    """
    from masw_core.one_picture.landscape import LandscapeRecipe, LandscapeRecorder, Path, Plane, sides

    trace = next(iter(traces.values()))
    step, other = trace.best_step, traces.get(order.other)
    towards = None if other is None else other.perturbation_at(other.best_step)[0]
    plane = Plane.of(trace, step, towards, order.seed)
    paths = [Path.of(plane, one, name) for name, one in traces.items()]
    a, b = sides(paths, order.size)
    recipe = LandscapeRecipe(run.order.model, trace, step, plane, a, b)
    watch = compute.watch(order, recipe, lambda: LandscapeRecorder(trace, a, b), total=order.size, kind="landscape")
    return LandscapeRun(order, watch, compute.loaded(run.order.model).device, plane, paths, trace)


def _watch(there: LandscapeRun, page: JobPage[Any], key: str) -> None:
    from masw_core.views import landscape as views

    if there.job.state != "done":
        page.watch(there)
    found = there.job.trace()
    if found is None or there.job.active:
        return
    st.plotly_chart(
        fitting(views.figure(there.trace, found, there.paths)),
        key=f"{key}_figure",
        alt="The Lagrangian on a slice of image space, the lines where constraints are just met, and the paths; "
        "the sentences below say how far the paths leave it",
        config={"displaylogo": False},
    )
    shown = "L under the weights of that step" if found.weighted else "half the squared violation of the constraints"
    st.caption(
        f"0 is the clean picture, 1 on the first axis that of step {there.trace.best_step}. Colour: {shown}, the bluer "
        "the higher. Lines: where a constraint is just met (rank solid, flip dotted); the thick green one is where the "
        "goal is reached. Stars: ends of the paths. " + " ".join(views.outside(there.plane, there.paths))
    )
