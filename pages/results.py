"""Results: our recorded tables, the paper's, or a file of your own, with figures and links into the lab. No torch."""

from pages.parts.results import views
from pages.parts.results.beside import beside_the_paper
from pages.parts.results.filters import choose_rows
from pages.parts.results.norms import norms
from pages.parts.results.radii import over_the_radius
from pages.parts.results.sources import choose_source
from pages.parts.results.studies import ablations
from pages.shared.from_link import Opened
from pages.shared.lesson import control, presenting
from pages.shared.links import RESULTS
from pages.shared.presenter import title
from pages.shared.shell import ensure_router

import streamlit as st

ensure_router()
link = Opened(RESULTS)

OVER_TAU = "Over tau"
VIEWS = {
    "Chart": views.chart,
    OVER_TAU: over_the_radius,
    "Table": views.table,
    "Beside the paper": beside_the_paper,
    "Norms": norms,
}
ABLATIONS = "Ablations"

title("Results")
view = st.segmented_control(
    "View",
    [*VIEWS, ABLATIONS],
    default=RESULTS.view.default,
    required=True,
    **RESULTS.view.bound,
    label_visibility="collapsed",
    wrap=True,
)
if view == ABLATIONS:
    ablations()
else:
    with control(RESULTS.source.key):
        source = choose_source()
    if source is not None and (selection := choose_rows(source, view == OVER_TAU)) is not None:
        VIEWS[view](source, selection)
        if not presenting():
            st.caption(source.about)
            views.download(source, selection.table)
link.explain()
