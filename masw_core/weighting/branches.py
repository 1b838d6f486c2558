"""Which way Algorithm 1 went at a step, as numbers that traces keep. No torch."""

BRANCHES = ("start", "fell", "rose", "none")
START, FELL, ROSE, NONE = range(4)
