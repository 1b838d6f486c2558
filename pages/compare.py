"""Compare: two to four attacks on the same picture, under the same rules, side by side."""

from pages.parts.compare import controls as compare_controls
from pages.parts.compare.examples import show_examples
from pages.parts.compare.live import show_comparison
from pages.parts.compare.methods import method_titles
from pages.parts.compare.shortcuts import show_shortcuts
from pages.parts.compare.state import JOB_PAGE, ComparisonOrder
from pages.shared import controls
from pages.shared.from_link import Opened
from pages.shared.lesson import SHORTCUTS, control, presenting
from pages.shared.links import COMPARE
from pages.shared.presenter import beside_the_task, intro, say_task, title
from pages.shared.shell import ensure_router
from pages.shared.upload import choose_picture

import streamlit as st

ensure_router()
link = Opened(COMPARE)

title("Compare")
intro(
    "The same picture, the same goal, the same ball and the same allowance for every attack: at most so many steps, "
    "all of them together 2.5 τ long. Attacks that need the gradients of several scores per step get a third of the "
    "steps.",
)
shown, source, task = st.columns([0.9, 1.25, 2.4], gap="medium")

with source:
    with control(COMPARE.picture.key):
        picture = choose_picture(COMPARE)
    with control(COMPARE.model.key):
        model = controls.choose_model(picture, COMPARE) if picture else ""

here = controls.load_or_explain(picture, model) if picture else None
if picture and here:
    with shown:
        if not (presenting() and JOB_PAGE.current()):  # then the outcome is what to look at
            controls.preview(picture, here)
    with task:
        with control(COMPARE.methods.key):
            methods = compare_controls.choose_methods()
        first, second = st.columns([3, 1])
        with first, control(COMPARE.case.key):
            case = controls.choose_case(COMPARE)
        with second, control(COMPARE.k.key):
            k = controls.choose_k(len(here.model.labels), COMPARE)
        first, second, third, fourth = st.columns([2.2, 1, 1, 1])
        with first, control(COMPARE.true.key):
            true = controls.choose_true(picture, model, COMPARE)
        with second, control(COMPARE.steps.key):
            steps = compare_controls.choose_steps()
        with third, control(COMPARE.tau.key):
            tau = compare_controls.choose_tau(model, case)
        with fourth, control(COMPARE.seed.key):
            seed = controls.choose_seed(COMPARE)
        with control(COMPARE.cost.key):
            cost = controls.choose_cost(case, COMPARE)
        with control(COMPARE.widget(SHORTCUTS)):
            show_shortcuts(model, case)
    with beside_the_task():
        say_task(", ".join(map(method_titles().__getitem__, methods)), case, k, true)
        compare_controls.run_or_stop(
            ComparisonOrder(picture, model, case, k, true, seed, cost, methods=methods, steps=steps, tau=tau)
        )

comparison = JOB_PAGE.current()
if comparison is not None:
    show_comparison(comparison)
elif picture and here:
    st.caption("Nothing has run yet: press Compare, or start from one of these.")
    show_examples()
link.explain()
