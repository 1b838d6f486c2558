"""Running attacks: the loop, the best point so far, background jobs, the process they are computed in, their turns."""

import os

IN_PROCESS = "MASW_IN_PROCESS"  # if this environment variable is set, a server computes runs in its own threads


def in_process() -> bool:
    """Whether this server computes runs itself, see ``IN_PROCESS``."""
    return bool(os.environ.get(IN_PROCESS))
