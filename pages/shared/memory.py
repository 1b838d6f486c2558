"""What large arrays took goes back to the system as soon as they are freed.

The server keeps the traces of many sessions for a while, each of some tens of megabytes, in as many threads. glibc
takes ever larger blocks from its heaps once such an array was freed, and a heap with one small thing at its end stays.
After a soak of 146 runs and other things 1,540 MB were left when everybody had gone, and after one of 98 with such
settings 810 MB. Attacks are computed in another process, which keeps glibc's own way, since it is quicker; a server
that computes them itself keeps it too.
"""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache

from masw_core.engine import IN_PROCESS

MMAP_THRESHOLD, ARENA_MAX = -3, -8  # glibc's numbers of these options, see mallopt(3)
LARGE = 256 * 1024  # bytes from which a block is the system's own
HEAPS = 2


@cache
def give_back() -> bool:
    """Have freed blocks given back from now on; False where nothing is changed: attacks run here, or no glibc."""
    if os.environ.get(IN_PROCESS) or not sys.platform.startswith("linux"):
        return False
    library = ctypes.CDLL(None)
    if not hasattr(library, "gnu_get_libc_version"):
        return False
    return library.mallopt(MMAP_THRESHOLD, LARGE) == 1 and library.mallopt(ARENA_MAX, HEAPS) == 1
