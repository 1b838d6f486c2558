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
SPLITS = {
    "test": "new scenes",
    "unseen": "scenes with icons never seen in training",
    "val": "photos of COCO that nothing was chosen on",
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
        taus = ", ".join(f"{case} {tau:g}" for case, tau in model.recommended_tau.items())
        st.caption(f"Recommended tau (L2, images in [-1, 1]): {taus}.")


def _results(results: Mapping[str, Any], labels: tuple[str, ...]) -> None:
    if not results:
        return
    for split, numbers in results.items():
        kind = "photos" if "photos" in numbers else "scenes"
        st.markdown(
            f"**On {numbers[kind]:,} {SPLITS.get(split, split)}:** mAP {numbers['mAP']:.1f}, F1 {numbers['F1']:.1f}, "
            f"{numbers['exactly_right']:.0f} % of {kind} tagged exactly right"
        )
    rows = label_rows(results, labels)
    with st.expander(f"Average precision of {len(rows)} labels", key=LAB.widget("card_labels")):
        st.dataframe(
            {name: [row[name] for row in rows] for name in rows[0]},
            hide_index=True,
            height=300,
            alt="Average precision of every label, in percent, the best first",
        )
        if len(rows) < len(labels):
            st.caption(f"No picture showed the other {len(labels) - len(rows)} labels, so they have no figure.")


def label_rows(results: Mapping[str, Any], labels: tuple[str, ...]) -> list[dict[str, Any]]:
    """A row per label that was measured in some split: its AP per split in percent, the best first."""
    rows = [
        {"label": label} | {f"AP, {split}": numbers["AP"][label] for split, numbers in results.items()}
        for label in labels
        if any(numbers["AP"][label] is not None for numbers in results.values())
    ]
    first = f"AP, {next(iter(results))}"
    return sorted(rows, key=lambda row: -1 if row[first] is None else row[first], reverse=True)
