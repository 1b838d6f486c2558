"""What generators are trained to lower: the terms of GAMA and of the reconstruction of LPD.

Features are (B, positions, channels), see ``features``; every function returns a scalar, differentiable with
respect to what belongs to the attacked image. Nothing is altered in place: the public code of GAMA normalises the
clean image in place for its encoder and then reads features of the altered image.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, normalize, softplus

MARGIN = 0.2  # GAMA's contrastive margin
TEMPERATURE = 0.1


def attention_cosine(adversarial: Tensor, clean: Tensor) -> Tensor:
    """GAMA's L3, from BIA (Zhang et al., ICLR 2022): cosine similarity of features weighted by clean attention.

    The attention of a position is the mean of its clean features over channels, scaled to norm 1 per image.
    """
    attention = normalize(clean.detach().mean(2, keepdim=True).abs(), dim=1)
    return cosine_similarity((attention * adversarial).flatten(1), (attention * clean).flatten(1)).mean()


def away_from_clean(anchor: Tensor, clean: Tensor, margin: float = MARGIN) -> Tensor:
    """The negative half of GAMA's L1: mean relu(margin - |a - n|)^2 over unit vectors (B, D)."""
    distance = (anchor - clean).square().sum(1).clamp_min(1e-12).sqrt()
    return (margin - distance).clamp_min(0).square().mean()


def contrastive(anchor: Tensor, text: Tensor, clean: Tensor, margin: float = MARGIN) -> Tensor:
    """GAMA's L1: half the mean over both |a - p|^2 and relu(margin - |a - n|)^2, over unit vectors (B, D)."""
    towards = (anchor - text).square().sum(1).mean()
    return (towards + away_from_clean(anchor, clean, margin)) / 4


def image_gap(anchor: Tensor, image: Tensor) -> Tensor:
    """GAMA's L2: minus the mean squared error to the encoder's features (B, D) of the clean image."""
    return -(anchor - image).square().mean()


def least_similar(image: Tensor, text: Tensor) -> Tensor:
    """(B, D): the prompt features, of (P, D), that fit each image's (B, D) worst; both unit vectors."""
    return text[(image @ text.T).argmin(1)]


def global_gap(adversarial: Tensor, clean: Tensor) -> Tensor:
    """LPD's global term: minus the mean squared error of features, in units of their own mean square."""
    scale = clean.detach().square().mean().clamp_min(1e-12)
    return -(adversarial - clean).square().mean() / scale


def local_patches(adversarial: Tensor, clean: Tensor, chosen: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """LPD's local term, reconstructed: InfoNCE over positions.

    At each chosen position q the attacked feature is the query, the clean feature at q the negative and the clean
    features at all other positions the positives: -log(e^{s_p/T} / (e^{s_p/T} + e^{s_q/T})), averaged over
    positives and queries, s the cosine similarity. 0 where there is only one position.

    Args:
        adversarial, clean: (B, P, F).
        chosen: (R,) positions.
        temperature: T.
    """
    if clean.shape[1] < 2:
        return adversarial.sum() * 0
    chosen = chosen.to(clean.device)
    query, key = normalize(adversarial[:, chosen], dim=2), normalize(clean, dim=2)
    similar = query @ key.transpose(1, 2) / temperature  # (B, R, P)
    negative = similar.gather(2, chosen.expand(len(clean), -1)[..., None])
    others = torch.ones(len(chosen), clean.shape[1], dtype=torch.bool, device=clean.device)
    others[torch.arange(len(chosen)), chosen] = False
    return softplus(negative - similar)[others.expand_as(similar)].mean()


def pooled(features: Tensor) -> Tensor:
    """(B, F) mean over positions, scaled to norm 1."""
    return normalize(features.mean(1), dim=1)
