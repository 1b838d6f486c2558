"""The text-image encoder of GAMA: what is asked of one, and open_clip as one where it and its weights are installed.

Nothing here downloads anything. Without an encoder GAMA is trained in the reduced form, see ``objectives``.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from masw_core.models.torchvision_import import import_torchvision

import torch
from torch import Tensor
from torch.nn.functional import interpolate, normalize

NETWORK = "ViT-B-32"
REPOSITORY = "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"
WEIGHTS = "open_clip_model.safetensors"
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)  # of CLIP, for [0, 1] images


class TextImageEncoder(Protocol):
    """Texts and images in one space of D numbers."""

    name: str

    def texts(self, prompts: list[str]) -> Tensor:
        """(P, D) unit vectors."""

    def images(self, images: Tensor) -> Tensor:
        """(B, D) unit vectors of images (B, 3, H, W) in [-1, 1], which must not be altered."""


class OpenClipEncoder:
    """CLIP by open_clip, from a safetensors file on this machine."""

    def __init__(self, weights: Path) -> None:
        import_torchvision()  # open_clip imports it
        import open_clip

        self.name = f"open_clip {NETWORK}, {REPOSITORY}"
        self.network: Any = open_clip.create_model(NETWORK, pretrained=str(weights)).eval().requires_grad_(False)
        self.tokens: Any = open_clip.get_tokenizer(NETWORK)
        self.mean, self.std = (torch.tensor(values).view(1, 3, 1, 1) for values in (MEAN, STD))

    @torch.no_grad()
    def texts(self, prompts: list[str]) -> Tensor:
        return normalize(self.network.encode_text(self.tokens(prompts)), dim=1)

    @torch.no_grad()
    def images(self, images: Tensor) -> Tensor:
        sized = interpolate(images.float(), size=(224, 224), mode="bicubic", align_corners=False)
        return normalize(self.network.encode_image(((sized + 1) / 2 - self.mean) / self.std), dim=1)


def find_encoder() -> TextImageEncoder | None:
    """open_clip's CLIP if the package and the weights are on this machine already, else None."""
    if find_spec("open_clip") is None or find_spec("huggingface_hub") is None:
        return None
    from huggingface_hub import try_to_load_from_cache

    weights = try_to_load_from_cache(REPOSITORY, WEIGHTS)  # looks into the cache folder only
    return OpenClipEncoder(Path(weights)) if isinstance(weights, str) else None
