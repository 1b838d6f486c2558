import streamlit as st
from pages.shared.shell import ensure_router
ensure_router()
st.title("Learn")
