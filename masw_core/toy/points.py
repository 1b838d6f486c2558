"""Labelled points as a short text, three letters per point, so that painted data fit into a link.

Each coordinate of the box [-1, 1] x [-1, 1] is rounded to one of 64 places, the label set is a number below 64.
"""

from __future__ import annotations

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
PLACES = len(ALPHABET) - 1
LABELS = ("1", "2", "3", "4")

Drop = tuple[float, float, tuple[int, ...]]  # x, y, label indices


def encode(drops: list[Drop]) -> str:
    """Points as text."""
    return "".join(_letter(x) + _letter(y) + ALPHABET[sum(1 << j for j in labels)] for x, y, labels in drops)


def decode(text: str) -> list[Drop]:
    """Text as points.

    Raises:
        ValueError: not written by ``encode``.
    """
    if len(text) % 3 or any(letter not in ALPHABET for letter in text):
        raise ValueError("These points cannot be read: they need three letters, digits, - or _ per point.")
    drops = []
    for i in range(0, len(text), 3):
        code = ALPHABET.index(text[i + 2])
        if code >= 1 << len(LABELS):
            raise ValueError(f"A point has labels beyond {LABELS[-1]}: paint with {', '.join(LABELS)} only.")
        labels = tuple(j for j in range(len(LABELS)) if code >> j & 1)
        drops.append((_place(text[i]), _place(text[i + 1]), labels))
    return drops


def _letter(value: float) -> str:
    return ALPHABET[round((min(max(value, -1.0), 1.0) + 1) / 2 * PLACES)]


def _place(letter: str) -> float:
    return round(ALPHABET.index(letter) / PLACES * 2 - 1, 4)
