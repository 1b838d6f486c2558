"""Home: what the explorer is, a recorded run to play with, and runs to start from. No torch, no Plotly."""

from pages.parts.home.film_player import film_player
from pages.parts.home.presets import presets
from pages.parts.home.recorded import recorded_run
from pages.parts.playground.presets import PLAYGROUND_PRESETS
from pages.shared.lesson import presenting
from pages.shared.links import COMPARE, LAB, LEARN, PLAYGROUND
from pages.shared.player import player
from pages.shared.presenter import intro
from pages.shared.shell import ensure_router

import streamlit as st

ensure_router()

st.title("See how a multi-label attack thinks", anchor=False)
intro(
    "A picture carries several labels at once. An attack adds a perturbation, too small to notice, until the wrong "
    "labels take the top *k*. **MASW** treats this as a constrained optimisation: what every label must do is a "
    "*constraint*, what is missing is its *slack*, and *self-paced weights* decide how hard each constraint may "
    "pull. Stop at any step and read why it happened.",
)
film_player()
st.caption(
    "Recorded in two dimensions: four attacks from one start, each with its own answer to labels that pull in "
    "opposite directions. Press Play, or open the playground, where everything is live."
)
if not presenting():  # a projector has room for one thing, and keys move one player
    st.page_link(
        LEARN.file,
        label="New here? Learn it in eight ideas, ten minutes",
        icon=":material/school:",
    )
    with st.container(horizontal=True):
        for card in PLAYGROUND_PRESETS:
            st.page_link(PLAYGROUND.file, label=card.title, icon=card.icon, help=card.text, query_params=card.link)
    with st.grid("auto", min_column_width=250):
        for preset in presets():
            with st.container(border=True, height="stretch"):
                st.markdown(f"##### {preset.icon} {preset.title}")
                st.markdown(preset.text)
                st.space("stretch")
                st.page_link(
                    LAB.file,
                    label="Open in the lab",
                    icon=":material/arrow_forward:",
                    query_params=LAB.afresh(preset.title, preset.settings),
                )
                if preset.compare:
                    st.page_link(
                        COMPARE.file,
                        label="Weightings side by side",
                        icon=":material/balance:",
                        query_params=COMPARE.afresh(preset.title, preset.compare),
                    )

    data = recorded_run()
    if data is not None:
        st.subheader("A recorded run: press Play", anchor=False)
        st.caption(data["about"])
        player(data, "home_player")
