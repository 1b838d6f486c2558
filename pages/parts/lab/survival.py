"""The folded panel on survival: the shown step's picture after what happens to pictures, judged, as a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages.parts.lab.state import LabRun
from pages.shared import compute
from pages.shared.links import LAB
from pages.shared.parts import folded

import numpy as np
import streamlit as st

if TYPE_CHECKING:
    from masw_core.survival.judge import Survival
    from masw_core.trace.trace import Trace

PANEL = LAB.widget("survival")
MARKS = {
    "survives": ":green[**✓ survives**]",
    "undone": ":red[**✗ undone**]",
    "says nothing": ":gray[**– says nothing**]",
}


def show(run: LabRun, trace: Trace, step: int) -> None:
    """The panel, for runs that have ended; nothing is computed while it is closed."""
    if run.job.active:
        return
    panel = folded("Does it survive?", ":material/shield:", PANEL)
    if panel is None:
        return
    with panel:
        kept = trace.perturbation_at(step)[1]
        if not trace.success[kept]:
            st.markdown("There is nothing to survive at this step: the goal is not reached. Move to a success.")
            return
        with st.spinner("Saving, scaling, blurring and judging the picture…", show_time=False):
            rows, pictures = survival_at(run.id, kept, trace, run.order.model)
        _draw(rows, pictures)
        st.caption(
            f"The picture of step {kept}, saved with 8 bits per channel, and then degraded. Shown is the third of each "
            "side where the perturbation is strongest. The clean picture goes through the same: where it reaches the "
            "goal by itself, the attack gets no credit. " + ADVICE
        )


ADVICE = (
    "More survives deeper inside the goal: set the margin to 4 and τ to four times the recommended under Advanced "
    "settings, and look at the last step."
)


def _draw(rows: list[Survival], pictures: list[bytes]) -> None:
    from masw_core.views import survival as views

    st.markdown(f"**{views.verdict(rows)}**")
    with st.grid("auto", min_column_width=150, gap="small"):
        for row, picture in zip(rows, pictures, strict=True):
            word = views.outcome(row)
            with st.container(border=True, gap="xsmall"):
                said = " ".join(views.details(row))
                st.image(picture, width="stretch", alt=f"{row.title}: {word}. {said}".strip())
                st.markdown(f"{row.title}  \n{MARKS[word]}")
                if said:
                    st.caption(said)


@st.cache_data(max_entries=16, show_spinner=False)
def survival_at(run_id: str, kept: int, _trace: Trace, model: str) -> tuple[list[Survival], list[bytes]]:
    """How the picture of a step fares everywhere, and a part of each picture as PNG."""
    from masw_core.survival.judge import after_degradations, degraded, on_another
    from masw_core.survival.transfer import others_of
    from masw_core.views import survival as views
    from masw_core.views.pictures import adversarial_at

    import torch

    goal = _trace.goal()[:1]
    x, adversarial = (torch.as_tensor(image)[None] for image in (_trace.image, adversarial_at(_trace, kept)[0]))
    here = compute.loaded(model)
    with here.lock:
        rows = after_degradations(here.model, x, adversarial, goal)
    after = [image[0].numpy() for image in degraded(adversarial)]
    for name in others_of(model, here.model.labels):
        other = compute.loaded(name)
        with other.lock:
            rows.append(on_another(other.model, x, adversarial, goal))
        after.append(np.asarray(adversarial[0]))
    place = views.place_of(_trace.perturbation_at(kept)[0])
    return rows, [views.part(image, place) for image in after]
