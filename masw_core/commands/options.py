"""What commands share: a folder that can be written to."""

from __future__ import annotations

from pathlib import Path


def writable(folder: Path) -> None:
    """Fail before the work, not after it."""
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / ".writable"
    probe.touch()
    probe.unlink()
