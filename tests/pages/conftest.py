"""Pages are driven headless, with a small stand-in network behind every model name where speed matters."""

from __future__ import annotations

from pages.shared import compute

import pytest
import streamlit as st
from lab_driver import small_model
from many_labels import many_label_model


@pytest.fixture(autouse=True)
def no_shared_runs():
    """What another test ran is not there to be shared."""
    compute.shared_jobs.clear()


@pytest.fixture
def quick_models(monkeypatch):
    """Every model name loads the small network."""
    monkeypatch.setattr("masw_core.models.load_model", small_model)
    st.cache_resource.clear()
    st.cache_data.clear()
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def many_labels(monkeypatch):
    """Every model name loads a tagger of 80 labels that says where it sees them."""
    monkeypatch.setattr("masw_core.models.load_model", many_label_model)
    st.cache_resource.clear()
    st.cache_data.clear()
    yield
    st.cache_resource.clear()
    st.cache_data.clear()
