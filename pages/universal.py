"""Universal: one perturbation for all pictures; watch it grow pass by pass, and try it on scenes it has not seen."""

from pages.components import universal_controls as controls
from pages.components.shell import ensure_router
from pages.components.universal_live import show_run
from pages.components.universal_recorded import show_recorded
from pages.components.universal_state import current_run

import streamlit as st

ensure_router()

st.title("Universal", anchor=False)
st.markdown(
    "One perturbation for **all** pictures. The attack goes over the training scenes again and again: a scene that is "
    "already fooled is passed over; for any other, the attack inside finds what has to be added, and the sum is cut "
    "back to the ball of radius τ (Algorithm 2). What counts is the share of scenes it has **never seen** that lose "
    "all their true labels from the top *k*.",
    width=900,
)
order = controls.choose_order()
if order is not None:
    controls.run_or_stop(order)

run = current_run()
if run is not None:
    show_run(run)
else:
    show_recorded()
