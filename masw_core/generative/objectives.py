"""The two objectives as wholes: which terms of ``losses`` a method adds up, and what it prepares beforehand.

GAMA in full: (L1 + L2 + L3) / 3. Without a text-image encoder, in the reduced form: the terms that need none, the
negative half of L1 and L3. LPD, reconstructed: its global plus its local term.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from masw_core.generative import losses
from masw_core.generative.encoder import TextImageEncoder

import torch
from torch import Tensor
from torch.nn.functional import normalize

POSITIONS = 16  # R of LPD: positions drawn per batch
PROMPTS = 16  # of GAMA: prompts drawn per batch


class Objective(Protocol):
    """What a generator lowers."""

    @property
    def form(self) -> str:
        """In words, for the card."""

    def __call__(self, adversarial: Tensor, clean: Tensor, images: Tensor, draws: torch.Generator) -> Tensor:
        """A scalar at features (B, P, F) of attacked and clean images; ``images`` are the clean ones."""


class ReducedGama:
    """GAMA without its encoder."""

    form = "reduced form: no text-image encoder was there, so only GAMA's feature terms were lowered"

    def __call__(self, adversarial: Tensor, clean: Tensor, images: Tensor, draws: torch.Generator) -> Tensor:
        apart = losses.away_from_clean(losses.pooled(adversarial), losses.pooled(clean))
        return (apart + losses.attention_cosine(adversarial, clean)) / 2


@dataclass(frozen=True)
class Gama:
    """GAMA with an encoder.

    Attributes:
        encoder: of texts and images.
        prompts: (T, D) features of "a photo depicts A and B" for the pairs of labels that occur together.
        bridge: (F, D), a fixed random projection from the model's features to the encoder's: the paper needs a model
            whose features have as many numbers as the encoder's.
    """

    encoder: TextImageEncoder
    prompts: Tensor
    bridge: Tensor

    @property
    def form(self) -> str:
        return f"full form, text-image encoder {self.encoder.name}"

    def __call__(self, adversarial: Tensor, clean: Tensor, images: Tensor, draws: torch.Generator) -> Tensor:
        anchor, other = (normalize(losses.pooled(f) @ self.bridge, dim=1) for f in (adversarial, clean))
        image = self.encoder.images(images).to(anchor)
        drawn = self.prompts[torch.randperm(len(self.prompts), generator=draws)[:PROMPTS]]
        text = losses.least_similar(image, drawn)
        terms = losses.contrastive(anchor, text, other), losses.image_gap(anchor, image)
        return (sum(terms) + losses.attention_cosine(adversarial, clean)) / 3


class Lpd:
    """LPD as reconstructed."""

    form = "reconstruction: of LPD only the abstract was available"

    def __call__(self, adversarial: Tensor, clean: Tensor, images: Tensor, draws: torch.Generator) -> Tensor:
        chosen = torch.randperm(clean.shape[1], generator=draws)[:POSITIONS]
        return losses.global_gap(adversarial, clean) + losses.local_patches(adversarial, clean, chosen)


def prompts_for(labels: tuple[str, ...], present: Tensor) -> list[str]:
    """One prompt per pair of labels that occur together in any row of ``present`` (N, C); if none do, per label."""
    together = (present.float().T @ present.float()).triu(1).nonzero().tolist()
    pairs = [f"a photo depicts {labels[first]} and {labels[second]}" for first, second in together]
    return pairs or [f"a photo depicts {label}" for label in labels]
