"""Files that go out whole: written beside their place and moved there.

A full disk is an ``OSError`` that names the file, and leaves what was there before.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import IO


def write_whole(path: Path, data: bytes | memoryview) -> None:
    """Write a file so that whoever reads it sees the old or the new contents, never a part."""
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        beside.unlink(missing_ok=True)


def write_to(file: str | Path | IO[bytes], write: Callable[[IO[bytes]], None]) -> None:
    """Let ``write`` fill a file: whole where it has a name, else as it comes."""
    if not isinstance(file, str | Path):
        write(file)
        return
    memory = BytesIO()
    write(memory)
    write_whole(Path(file), memory.getbuffer())
