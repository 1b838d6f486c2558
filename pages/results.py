"""Results: our recorded tables, the paper's, or a file of your own, with figures and links into the lab. No torch."""

from pages.components import results_views as views
from pages.components.results_beside import beside_the_paper
from pages.components.results_filters import choose_rows
from pages.components.results_norms import norms
from pages.components.results_sources import choose_source
from pages.components.results_studies import ablations
from pages.components.shell import ensure_router

import streamlit as st

ensure_router()

VIEWS = {
    "Chart": views.chart,
    "Table": views.table,
    "Beside the paper": beside_the_paper,
    "Norms": norms,
}
ABLATIONS = "Ablations"

st.title("Results", anchor=False)
view = st.segmented_control(
    "View",
    [*VIEWS, ABLATIONS],
    default="Chart",
    required=True,
    key="res_view",
    bind="query-params",
    label_visibility="collapsed",
    wrap=True,
)
if view == ABLATIONS:
    ablations()
elif (source := choose_source()) is not None and (selection := choose_rows(source)) is not None:
    VIEWS[view](source, selection)
    st.caption(source.about)
    views.download(source, selection.table)
