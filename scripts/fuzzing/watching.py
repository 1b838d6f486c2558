"""What a case did besides answering: time, memory, files and programs it touched."""

from __future__ import annotations

import os
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CANARY = "masw_fuzz_canary"  # hostile names lead to a file of this name: whoever opens it has followed one
SCRATCH = Path(tempfile.gettempdir()) / f"masw_fuzz_scratch_{os.getpid()}"
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod"}
PROGRAMS = {"os.system", "os.exec", "os.posix_spawn", "os.spawn", "subprocess.Popen", "os.fork", "socket.connect"}
_watched: list[list[str]] = []  # where the hook writes; empty: nobody watches


@dataclass
class Seen:
    """What one case did.

    Attributes:
        error: by which it ended, or None.
        seconds: of the processor that it took.
        megabytes: it took at its peak, above what the process held before.
        touched: files outside the scratch folder that it wrote, programs that it started.
    """

    error: BaseException | None = None
    seconds: float = 0.0
    megabytes: float = 0.0
    touched: list[str] = field(default_factory=list)


def watch(read: Callable[[Any], Any], case: Any) -> Seen:
    """Let a reader read a case, and look."""
    seen = Seen()
    before = _start_of_peak()
    _watched[:] = [seen.touched]
    began = time.process_time()
    try:
        read(case)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        seen.error = error
    finally:
        _watched.clear()
        seen.seconds = time.process_time() - began
    seen.megabytes = max(_megabytes("VmHWM") - before, 0.0)
    return seen


def limit_memory(megabytes: int) -> None:
    """From now on this process gets at most so much more memory than it has (Linux)."""
    most = int((_megabytes("VmSize") + megabytes) * 2**20)
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watched:
        return
    if event == "open":
        path, _, flags = arguments
        inside = isinstance(path, int) or str(path).startswith((str(SCRATCH), "/proc/self/", "/dev/null"))
        if not inside and isinstance(flags, int) and flags & WRITES:
            _watched[0].append(f"wrote {path}")
    elif event in PROGRAMS or (event in CHANGES and str(SCRATCH) not in str(arguments[0])):
        _watched[0].append(f"{event} {arguments[0]!r}")
    if event in ("open", "os.listdir", "os.scandir") and CANARY in str(arguments[0]):
        _watched[0].append(f"followed a name to {arguments[0]!r}")


def _start_of_peak() -> float:
    """Forget the highest use of memory so far; the use now, in megabytes."""
    with suppress(OSError):  # where it is not allowed, the peak is that of all cases so far
        Path("/proc/self/clear_refs").write_text("5")
    return _megabytes("VmRSS")


def _megabytes(name: str) -> float:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


sys.addaudithook(_hook)
