"""Where the network sees a label: on the clean picture and on that of the step at which the cursor rests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages.parts.lab.compute import seen_at
from pages.parts.lab.state import LabRun
from pages.shared.following import changed
from pages.shared.lesson import presenting
from pages.shared.links import LAB

import streamlit as st

if TYPE_CHECKING:
    from masw_core.trace.trace import Trace


def show(run: LabRun, trace: Trace, step: int) -> None:
    """A label to choose, and the two pictures; nothing for models that pool before they score."""
    from masw_core.views import pictures, rows
    from masw_core.views.seen import heat, in_words

    logits = seen_at(run, step)
    if logits is None:
        if presenting():
            st.caption("This model pools before it scores, so it cannot say where it sees a label.")
        return
    st.subheader("Where a label is seen", anchor=False)
    labels = {row.name: row for row in rows.label_rows(trace)}
    if changed(LAB.seen.key, (run.order.picture.digest, run.order.model, run.order.true)):
        st.session_state[LAB.seen.key] = next(iter(labels))
    name = st.selectbox(
        "Label",
        list(labels),
        **LAB.seen.bound,
        width=260,
        help="The network scores every label at every position. The warmer a place, the surer it is there; the white "
        "line goes where it is at 0.5, the ring marks the position that counts most.",
    )
    label = labels[name].index
    adversarial, kept = pictures.adversarial_at(trace, step)
    with st.container(horizontal=True, gap="medium"):
        for image, which, at, title in (
            (trace.image, 0, 0, "Original"),
            (adversarial, 1, kept, f"Adversarial, step {kept}"),
        ):
            confidence = float(trace.probabilities[at, label])
            st.image(
                heat(image, logits[which, label]),
                width=320 if presenting() else 380,
                caption=f"{title}: {name} at {confidence:.2f}",
                alt=f"{title}: {in_words(name, logits[which, label])}",
            )
