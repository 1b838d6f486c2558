"""Attack lab: choose a picture and an attack, run it, and replay every step."""

from pages.parts.lab import controls as lab_controls
from pages.parts.lab import opening
from pages.parts.lab.live import show_run
from pages.parts.lab.state import JOB_PAGE, Order
from pages.shared import controls
from pages.shared.from_link import Opened
from pages.shared.lesson import control, presenting
from pages.shared.links import LAB
from pages.shared.model_card import model_card
from pages.shared.presenter import beside_the_task, say_task, title
from pages.shared.shell import ensure_router
from pages.shared.upload import choose_picture

import streamlit as st

ensure_router()
link = Opened(LAB)

title("Attack lab")
shown, source, task = st.columns([0.9, 1.25, 2.4], gap="medium")

with source:
    with control(LAB.picture.key):
        picture = choose_picture(LAB)
    with control(LAB.model.key):
        model = controls.choose_model(picture, LAB) if picture else ""
    with control(LAB.widget("open_bundle")):
        opening.offer()

here = controls.load_or_explain(picture, model) if picture else None
if picture and here:
    with shown:
        if not (presenting() and JOB_PAGE.current()):  # then the run is what to look at
            controls.preview(picture, here)
            model_card(here.model)
    with task:
        first, second = st.columns([2, 1])
        with first, control(LAB.attack.key):
            info = lab_controls.choose_attack()
        with second, control(LAB.k.key):
            k = controls.choose_k(len(here.model.labels), LAB)
        with control(LAB.case.key):
            case = controls.choose_case(LAB)
        with control(LAB.true.key):
            true = controls.choose_true(picture, model, LAB)
    rest = lab_controls.choose_rest(info, model, case)
    with beside_the_task():
        say_task(info.title, case, k, true)
        lab_controls.run_or_stop(Order(picture, model, case, k, true, attack=info.name, **rest), info)

run = JOB_PAGE.current()
if run is not None:
    show_run(run)
elif picture and here:
    st.caption("Nothing has run yet: press Run, then replay every step here.")
link.explain()
