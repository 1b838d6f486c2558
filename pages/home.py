"""Home: what the explorer is, and runs to start from. Imports neither torch nor Plotly."""

import streamlit as st

from pages.components.presets import PRESETS
from pages.components.shell import ensure_router

ensure_router()

st.title("See how a multi-label attack thinks", anchor=False)
st.markdown(
    "A picture can carry several labels at once. An attack adds a perturbation, too small to notice, until the "
    "wrong labels take the top. **MASW** does it as a constrained optimisation: each label's wish becomes a "
    "constraint, each violation a slack, and *self-paced weights* decide how hard every constraint may pull. "
    "Here you can stop at any step and see why it happened."
)
with st.grid("auto", min_column_width=260):
    for preset in PRESETS:
        with st.container(border=True, height="stretch"):
            st.markdown(f"#### {preset.icon} {preset.title}")
            st.markdown(preset.text)
            st.page_link(
                "pages/attack_lab.py",
                label="Open in the lab",
                icon=":material/arrow_forward:",
                query_params=preset.settings,
            )
