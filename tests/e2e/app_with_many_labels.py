"""Starts Streamlit with the tagger of 80 labels behind every model name: ``python THIS run app.py ...``."""

import masw_core.models

from pages.shared import compute

from many_labels import many_label_model
from streamlit.web import cli

masw_core.models.load_model = many_label_model
compute.worker = lambda: None  # runs are computed here, where that tagger is
cli.main()
