"""A page without widgets: it reads the address as every page does, and explains what was not possible."""

from pages.parts.learn.progress import current
from pages.shared import lesson
from pages.shared.from_link import Opened, take_step
from pages.shared.links import ALL_LINKS, COMPARE, LAB, PLAYGROUND

import streamlit as st

lesson.say_unknown()
for step in (LAB.step, COMPARE.at, PLAYGROUND.at):
    take_step(step)
current((3, 2, 4, 3))
for page in ALL_LINKS:
    opened = Opened(page)
    for parameter in page.parameters().values():
        if parameter.key in st.query_params and parameter.key not in st.session_state:
            st.session_state[parameter.key] = parameter.fresh
    opened.explain()
