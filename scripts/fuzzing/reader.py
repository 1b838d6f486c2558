"""What is fuzzed: a reader of foreign data, where its cases come from, and how it may refuse one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

LONGEST_SENTENCE = 500  # characters


@dataclass(frozen=True)
class Reader:
    """A reader and its hostile cases.

    Attributes:
        name: for people.
        make: a case from a generator of random numbers; the same generator gives the same case.
        read: reads it; what it returns does not count.
        refuses: the errors by which it may refuse a case, each with one sentence.
        share: how many of a reader's cases stand for one of this, where a case takes long.
    """

    name: str
    make: Callable[[Random], Any]
    read: Callable[[Any], Any]
    refuses: tuple[type[Exception], ...]
    share: int = 1

    def case(self, number: int, seed: int = 0) -> Any:
        """The case with this number, whichever were made before."""
        return self.make(Random(f"{seed} {self.name} {number}"))

    def fault_of(self, error: BaseException) -> str | None:
        """What is wrong with an error; None where it is the reader's own, with a sentence."""
        text = str(error)
        if not isinstance(error, self.refuses):
            return f"{type(error).__name__}: {' '.join(text.split())[:160]}"
        if not text.strip() or "\n" in text.strip() or len(text) > LONGEST_SENTENCE:
            return f"no sentence: {type(error).__name__}: {text[:160]!r}"
        return None


def from_file(folder: Path, name: str, read: Callable[[Path], Any]) -> Callable[[bytes], Any]:
    """A reader of bytes made from one that takes a path."""

    def write_and_read(data: bytes) -> Any:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / name
        file.write_bytes(data)
        return read(file)

    return write_and_read
