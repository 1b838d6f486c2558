"""Parts of the Universal page."""
