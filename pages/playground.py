"""Playground: two dimensions, a small network, and several attacks that you can watch conflict with themselves."""

from pages.parts.playground import controls, panels
from pages.parts.playground.candidates import compare
from pages.parts.playground.compute import payload, traces
from pages.parts.playground.player import plane_player
from pages.parts.playground.touch import PLAYER, opens_at, touched
from pages.shared.from_link import Opened
from pages.shared.lesson import presenting
from pages.shared.links import PLAYGROUND
from pages.shared.parts import choose_part, draw_chosen, put_away, shown_parts
from pages.shared.presenter import intro, title
from pages.shared.shell import ensure_router

import streamlit as st

ensure_router()
link = Opened(PLAYGROUND)

title("Playground")
intro(
    "Images have a hundred thousand dimensions; here there are two, and nothing is hidden. Set a start, let attacks "
    "run from it, and see what their constraints want."
)
controls.preset_cards()
problem, mode = controls.choose_problem()
setup = controls.choose_setup(problem, mode)
more = panels.mode_controls(problem, mode, setup)

try:
    setup.goal()
    data = payload(
        setup, mode, st.session_state[PLAYGROUND.tint.key], view=st.session_state[PLAYGROUND.view.key], **more
    )
    data["at"] = opens_at(data["id"])
except ValueError as error:
    st.error(str(error), icon=":material/error:")
    st.stop()

parts = shown_parts(PLAYGROUND, panels.parts(setup, traces(setup), data) if mode == "run" else {})
chosen = choose_part(PLAYGROUND, [panels.PLANE, *parts])
if chosen not in (None, panels.PLANE):
    put_away(PLAYER)
if mode == "candidates":
    plane_column, measure_column = st.columns([1, 1.25])
    with plane_column:
        plane_player(data, key=PLAYER, on_touch=lambda: touched(problem))
    with measure_column:
        compare(setup, data["candidates"])
else:
    plane_player(data, key=PLAYER, on_touch=lambda: touched(problem))
draw_chosen(parts, chosen)
if not presenting():
    panels.link(problem, data)
    panels.about(problem)
link.explain()
