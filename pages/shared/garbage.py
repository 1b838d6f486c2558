"""What stays for long is set aside from garbage collection.

Streamlit collects garbage after every script run, also after each look of a page at its run. With torch and Plotly
imported, that walks hundreds of thousands of objects each time and holds the interpreter meanwhile: 200 ms at first,
and still 40 ms when only what was imported later is walked (measured). At ten looks a second, pages did little else.
"""

from __future__ import annotations

import gc
import sys
import threading
import time

RENEWED = 30.0  # seconds after which what was set aside is looked through, since sessions have ended
_lock = threading.Lock()
_modules, _when = 0, 0.0


def set_aside() -> None:
    """After a page was drawn: set everything aside if something was imported for it, or if it was long ago."""
    global _modules, _when
    if not _lock.acquire(blocking=False):
        return
    try:
        if len(sys.modules) == _modules and time.monotonic() - _when < RENEWED:
            return
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        _modules, _when = len(sys.modules), time.monotonic()
    finally:
        _lock.release()
