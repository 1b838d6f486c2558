"""Starts Streamlit with the tagger of 80 labels behind every model name: ``python THIS run app.py ...``."""

import masw_core.models

from many_labels import many_label_model
from streamlit.web import cli

masw_core.models.load_model = many_label_model
cli.main()
