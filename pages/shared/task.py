"""What is attacked: a picture, and what is to be reached on it. Orders of the pages add how."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Picture:
    """A picture to attack: a sample, an upload, or that of a bundle."""

    name: str
    data: bytes = field(repr=False)
    digest: str
    model: str  # the model it brings along
    why: str  # one sentence
    alt: str  # what it shows, for those who cannot see it
    sent: bool = False  # somebody sent it, so that no link can carry it


@dataclass(frozen=True)
class Task:
    """What is to be reached, on which picture and model."""

    picture: Picture
    model: str
    case: str
    k: int
    true: tuple[str, ...]
    seed: int
    attack_cost: bool
