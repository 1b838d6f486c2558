"""Parts of the Attack lab."""
