"""The model card: what a model was trained on, how good it was measured to be, and what it is bad at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pages.shared.links import LAB

import streamlit as st

if TYPE_CHECKING:
    from masw_core.models import MultiLabelModel

LINES = {
    "summary": "What it is",
    "network": "Network",
    "parameters": "Parameters",
    "trained on": "Trained on",
    "data": "Trained on",
    "accuracy": "Measured",
    "good at": "Good at",
    "weak at": "Weak at",
    "status": "Status",
    "licence of the weights": "Licence of the weights",
    "licence": "Licence",
}


def model_card(model: MultiLabelModel) -> None:
    """A button that opens the card."""
    with st.popover("Model card", icon=":material/badge:", width="stretch", key=LAB.widget("card")):
        st.markdown(f"**{model.name}** · {len(model.labels)} labels · {model.input_size[1]} × {model.input_size[0]}")
        card = model.card
        for key in [key for key in LINES if key in card]:
            value = f"{card[key]:,}" if isinstance(card[key], int) else card[key]
            st.markdown(f"**{LINES[key]}:** {value}")
        results = card.get("results")
        if isinstance(results, Mapping):
            _results(results, model.labels)
        for limit in card.get("limits", ()):
            st.markdown(f"- {limit}")
        if model.name == "photo":
            _groups()
        taus = ", ".join(f"{case} {tau:g}" for case, tau in model.recommended_tau.items())
        st.caption(f"Recommended tau (L2, images in [-1, 1]): {taus}.")


def _results(results: Mapping[str, Any], labels: tuple[str, ...]) -> None:
    for split, numbers in results.items():
        name = "new scenes" if split == "test" else "scenes with icons never seen in training"
        st.markdown(
            f"**On {numbers['scenes']:,} {name}:** mAP {numbers['mAP']:.1f}, F1 {numbers['F1']:.1f}, "
            f"{numbers['exactly_right']:.0f} % of scenes tagged exactly right"
        )
    columns: dict[str, list[Any]] = {"label": list(labels)}
    columns |= {f"AP, {split}": [numbers["AP"][label] for label in labels] for split, numbers in results.items()}
    st.dataframe(columns, hide_index=True, height=220, alt="Average precision of every label, in percent")


def _groups() -> None:
    from masw_core.models.photo import read_groups

    rows = {label: ", ".join(classes.values()) for label, classes in read_groups().items()}
    st.caption("Every label is a group of ImageNet classes:")
    st.dataframe(
        {"label": list(rows), "ImageNet classes": list(rows.values())},
        hide_index=True,
        height=220,
        alt="The ImageNet classes that make up each label",
    )
