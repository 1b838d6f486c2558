"""A generator per method for the small tagger, trained once per session, and attacks that use it."""

from __future__ import annotations

from functools import cache

from masw_core import load_attack
from masw_core.generative import METHODS, Generator, Recipe, train_generator

import torch
from small_tagger import SmallTagger


def tiny_images(count: int = 256, seed: int = 11) -> torch.Tensor:
    """Images like those of the ``images`` fixture, but others."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, 3, 6, 6, generator=generator, dtype=torch.float64) * 2 - 1


@cache
def tiny_generator(method: str) -> Generator:
    recipe = Recipe(epochs=8, batch=32, learning_rate=3e-3, bound=0.25)
    return train_generator(method, SmallTagger(), tiny_images(), recipe)


def attack_for(name: str, *arguments, **settings):
    """``load_attack``, with the small tagger's generator where the attack needs one."""
    if name in METHODS:
        settings.setdefault("generator", tiny_generator(name))
    return load_attack(name, *arguments, **settings)
