"""Traces turned into what people look at: player payloads, Plotly specs and picture bytes. No Streamlit, no torch."""
