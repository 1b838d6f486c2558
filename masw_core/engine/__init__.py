"""Running attacks: the loop, the best point so far, background jobs, the process they are computed in, their turns."""

IN_PROCESS = "MASW_IN_PROCESS"  # if this environment variable is set, a server computes runs in its own threads
