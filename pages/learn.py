from pages.shared.shell import ensure_router

import streamlit as st

ensure_router()
st.title("Learn")
