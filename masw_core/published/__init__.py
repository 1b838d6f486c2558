"""Numbers to read: the paper's tables, ours beside them, and the results recorded with the project."""
