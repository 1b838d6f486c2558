"""Pages are driven headless, with a small stand-in network behind every model name where speed matters."""

from __future__ import annotations

import pytest
import streamlit as st
from lab_driver import small_model


@pytest.fixture
def quick_models(monkeypatch):
    """Every model name loads the small network."""
    monkeypatch.setattr("masw_core.models.load_model", small_model)
    st.cache_resource.clear()
    st.cache_data.clear()
    yield
    st.cache_resource.clear()
    st.cache_data.clear()
