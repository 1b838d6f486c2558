"""The model card of a trained network, as training writes it: whether what the network is rebuilt from can be."""

from __future__ import annotations

from typing import Any


def is_card(card: Any) -> bool:
    """Whether what a network is rebuilt from has the form that training writes, where it is there at all."""
    if not isinstance(card, dict):
        return False
    labels, size = card.get("labels", ["one"]), card.get("input_size", [1, 1])
    names = isinstance(labels, list) and all(isinstance(name, str) for name in labels)
    sides = isinstance(size, list) and len(size) == 2 and all(type(side) is int and side > 0 for side in size)
    channels = [card.get(name) or [1, 1, 1] for name in ("mean", "std")]
    return (
        isinstance(card.get("architecture", ""), str)
        and names
        and 0 < len(set(labels)) == len(labels)
        and sides
        and all(isinstance(three, list) and len(three) == 3 for three in channels)
        and all(isinstance(value, int | float) and abs(value) < 1e9 for three in channels for value in three)
        and all(value > 0 for value in channels[1])
    )
