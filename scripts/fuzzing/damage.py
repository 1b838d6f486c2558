"""Damage to bytes and to plain values that knows nothing of a format."""

from __future__ import annotations

import struct
from collections.abc import Callable
from random import Random
from typing import Any

from scripts.fuzzing.watching import CANARY

BOUNDARIES = (0, 1, 2, 7, 8, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1)
WORDS = (
    "",
    " ",
    "\x00",
    "nan",
    "inf",
    "-inf",
    "1e400",
    "-1",
    "9" * 400,
    "9" * 5000,
    "0x10",
    "1_000",
    "²",
    "٣",
    "True",
    "None",
    "a" * 10_000,
    "é\u202e\u0301",
    "\ud800".encode("utf-8", "replace").decode(),
    "\U0001f600",
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "`code` $x$ :material/home: **b**",
    '=HYPERLINK("http://x")',
    "@SUM(1)",
    "'; DROP TABLE x; --",
    "{}",
    "[]",
    "%s%s%n",
    "{0.__class__}",
    "__import__('os').system('true')",
    "../" * 6 + CANARY,
    f"/tmp/{CANARY}",
    f"..\\..\\{CANARY}",
    f"file:///tmp/{CANARY}",
    "line\nline\r\nline\u2028line",
)
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**63,
    10**400,
    0.5,
    -0.0,
    1e308,
    float("inf"),
    float("-inf"),
    float("nan"),
    [],
    {},
    [[]],
    [None],
    {"a": 1},
    {"": {}},
    [0] * 10_000,
)


def damaged(data: bytes, dice: Random) -> bytes:
    """The bytes with one to six changes, more of them near the beginning, where headers are."""
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 3, 6))):
        dice.choice(_CHANGES)(changed, dice)
    return bytes(changed)


def place(data: bytes | bytearray, dice: Random) -> int:
    """A place in some bytes."""
    return min(int(dice.random() ** dice.choice((1, 2, 4)) * len(data)), max(len(data) - 1, 0))


def word(dice: Random) -> str:
    """A text that somebody might have trouble with."""
    return dice.choice(WORDS)


def value(dice: Random) -> Any:
    """A value of JSON that somebody might have trouble with."""
    return word(dice) if dice.random() < 0.4 else dice.choice(VALUES)


def twisted(said: Any, dice: Random) -> Any:
    """A value of JSON in which something, at any depth, is another value, missing, or there twice."""
    if isinstance(said, dict) and said and dice.random() < 0.85:
        key = dice.choice(list(said))
        way = dice.random()
        if way < 0.1:
            return {name: one for name, one in said.items() if name != key}
        if way < 0.2:
            return {**said, word(dice): value(dice)}
        return {**said, key: twisted(said[key], dice)}
    if isinstance(said, list) and said and dice.random() < 0.7:
        index, way = dice.randrange(len(said)), dice.random()
        if way < 0.2:
            return said[:index]
        if way < 0.4:
            return said + said[index:]
        return [*said[:index], twisted(said[index], dice), *said[index + 1 :]]
    return value(dice)


def _flip(data: bytearray, dice: Random) -> None:
    if data:
        data[place(data, dice)] = dice.randrange(256)


def _cut(data: bytearray, dice: Random) -> None:
    del data[place(data, dice) :]


def _remove(data: bytearray, dice: Random) -> None:
    start = place(data, dice)
    del data[start : start + dice.choice((1, 2, 4, 16, 300))]


def _repeat(data: bytearray, dice: Random) -> None:
    start = place(data, dice)
    piece = data[start : start + dice.choice((1, 4, 64, 1000))]
    data[start:start] = piece * dice.choice((1, 2, 50))


def _insert(data: bytearray, dice: Random) -> None:
    start = place(data, dice)
    data[start:start] = dice.choice((b"\0" * 64, b"\xff" * 64, dice.randbytes(16), word(dice).encode()[:300]))


def _number(data: bytearray, dice: Random) -> None:
    """An integer in the bytes becomes one at the edge of what its size can hold."""
    code = dice.choice(("<H", ">H", "<I", ">I", "<Q", ">Q"))
    size = struct.calcsize(code)
    start = place(data, dice)
    if start + size <= len(data):
        number = dice.choice((*BOUNDARIES, 2**64 - 1)) % 2 ** (8 * size)
        data[start : start + size] = struct.pack(code, number)


_CHANGES: tuple[Callable[[bytearray, Random], None], ...] = (
    _flip, _flip, _flip, _cut, _remove, _repeat, _insert, _number, _number,
)  # fmt: skip
