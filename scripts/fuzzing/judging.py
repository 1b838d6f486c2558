"""Whether a case was opened, refused as it should be, or a fault."""

from __future__ import annotations

import traceback
from typing import Any

from scripts.fuzzing.reader import Reader
from scripts.fuzzing.watching import watch

Verdict = tuple[str, str, float, float]  # "opened", "refused" or "fault"; what was said; seconds; megabytes


def judged(reader: Reader, case: Any, most_seconds: float, most_megabytes: float) -> Verdict:
    """Let a reader read a case, and judge what it did."""
    seen = watch(reader.read, case)
    fault = None if seen.error is None else reader.fault_of(seen.error)
    if fault is not None and seen.error is not None:
        last = traceback.extract_tb(seen.error.__traceback__)[-1]
        fault = f"{fault} ({last.filename}:{last.lineno})"
    if seen.touched:
        fault = "; ".join(seen.touched[:3])
    elif seen.seconds > most_seconds:
        fault = f"took {seen.seconds:.0f} s"
    elif seen.megabytes > most_megabytes:
        fault = f"took {seen.megabytes:.0f} MB"
    if fault is not None:
        return "fault", fault, seen.seconds, seen.megabytes
    return ("opened" if seen.error is None else "refused"), str(seen.error or ""), seen.seconds, seen.megabytes
