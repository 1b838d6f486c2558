"""Parts of the Learn page: one file per idea, and what they stand in."""
