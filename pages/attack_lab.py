"""Attack lab: choose a picture and an attack, run it, and replay every step."""

import streamlit as st

from pages.components import controls
from pages.components.live import show_run
from pages.components.shell import ensure_router
from pages.components.state import Order, current_run
from pages.components.upload import choose_picture

ensure_router()

st.title("Attack lab", anchor=False)
shown, source, task = st.columns([0.9, 1.25, 2.4], gap="medium")

with source:
    picture = choose_picture()
    if picture is None:
        st.stop()
    model = controls.choose_model(picture)

here = controls.load_or_explain(picture, model)
with shown:
    controls.preview(picture, here)

with task:
    first, second = st.columns([2, 1])
    with first:
        info = controls.choose_attack()
    with second:
        k = controls.choose_k(len(here.model.labels))
    case = controls.choose_case()
    true = controls.choose_true(picture, model)

rest = controls.choose_rest(info, model, case)
order = Order(picture, model, info.name, case=case, k=k, true=true, **rest)
controls.run_or_stop(order, info)

run = current_run()
if run is None:
    st.caption("Nothing has run yet: press Run, then replay every step here.")
else:
    show_run(run)
