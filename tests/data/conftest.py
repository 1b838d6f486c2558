"""Small pictures on disk, told apart by their colour."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def paint() -> Callable[[Path, int], None]:
    """Write a JPEG, 30 x 20 pixels, one grey level, making its folder."""

    def write(path: Path, level: int = 128) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((20, 30, 3), level, dtype=np.uint8)).save(path, "JPEG")

    return write


@pytest.fixture
def write() -> Callable[[Path, str], None]:
    """Write a text file, making its folder."""

    def write(path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    return write
