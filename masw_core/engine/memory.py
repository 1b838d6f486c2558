"""What large arrays took goes back to the system when they are freed, where the C library is glibc.

glibc takes ever larger blocks from its heaps once such an array was freed, and a heap with one small thing at its end
stays. A server keeps the traces of many sessions for a while, each of some megabytes, in as many threads: after a soak
of 146 runs and other things 1,540 MB were left when everybody had gone, and after one of 98 with large blocks from the
system 810 MB. Whoever computes attacks keeps glibc's own way, which is quicker, and gives back between runs.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache

MMAP_THRESHOLD, ARENA_MAX = -3, -8  # glibc's numbers of these options, see mallopt(3)
LARGE = 256 * 1024  # bytes from which a block is the system's own
HEAPS = 2


@cache
def take_large_blocks_from_the_system() -> bool:
    """Have large blocks given back as soon as they are freed, from now on; False where it is another C library."""
    library = _glibc()
    return library is not None and library.mallopt(MMAP_THRESHOLD, LARGE) == library.mallopt(ARENA_MAX, HEAPS) == 1


def give_back() -> bool:
    """Give back what is free now, in some milliseconds; False where nothing was, or it is another C library."""
    library = _glibc()
    return library is not None and library.malloc_trim(0) == 1


@cache
def _glibc() -> ctypes.CDLL | None:
    library = ctypes.CDLL(None) if sys.platform.startswith("linux") else None
    return library if hasattr(library, "gnu_get_libc_version") else None
