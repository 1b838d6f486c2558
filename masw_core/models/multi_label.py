"""The one shape every model has here: images in [-1, 1] (or [0, 1]) go in, one logit per named label comes out.

The normaliser is the first layer, so that an attack works in the paper's pixel box and its norms mean the
same on every model. Loading, folding and the embedded networks live in the modules beside this one.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from masw_core.models.recommended_tau import recommended_tau as tau_of
from masw_core.task.ranges import SIGNED, Range, checked_range, to_signed

import torch
from torch import Tensor, nn

Triple = tuple[float, float, float]


class Normalise(nn.Module):
    """Turn images in [-1, 1] into what a network trained with torchvision's ``Normalize(mean, std)`` expects.

    ``mean`` and ``std`` are for images in [0, 1], as everywhere in torchvision; the change of range is
    folded into one scale and one shift. With the default 0.5 and 0.5 it does nothing at all.
    """

    scale: Tensor
    shift: Tensor

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        if len(mean) != 3 or len(std) != 3 or not all(value > 0 for value in std):
            raise ValueError(f"mean and std need three numbers each, std above 0; got {mean} and {std}")
        scale = 0.5 / torch.tensor(std, dtype=torch.float64)
        shift = (0.5 - torch.tensor(mean, dtype=torch.float64)) / torch.tensor(std, dtype=torch.float64)
        self.register_buffer("scale", scale.float().view(1, 3, 1, 1), persistent=False)
        self.register_buffer("shift", shift.float().view(1, 3, 1, 1), persistent=False)
        self.is_identity = all(value == 0.5 for value in (*mean, *std))

    def forward(self, x: Tensor) -> Tensor:
        return x if self.is_identity else torch.addcmul(self.shift, x, self.scale)


class MultiLabelModel(nn.Module):
    """Any torch module that returns one logit per label, with what an attack and the app need to know of it.

    Args:
        module: takes normalised images (B, 3, H, W) and returns logits (B, C). A probability is no logit:
            leave the sigmoid out.
        labels: the C label names, in the order of the logits.
        input_size: (H, W) in pixels. Images of any other size are refused, because perturbation norms and the
            recommended tau belong to one size; wrap the module again to use another.
        mean, std: as given to torchvision's ``Normalize``, for images in [0, 1]. The default feeds the module
            the images in [-1, 1], whatever ``input_range`` says; (0, 0, 0) and (1, 1, 1) feed it images in [0, 1].
        name: shown in results and traces.
        recommended_tau: largest L2 norm to offer per case (untargeted, best, random, worst), in [-1, 1] space.
        card: facts for the model card (what it was trained on, licence, what it is weak at).
        input_range: the range of the images that *you* give to the model and to ``run``: (-1, 1) or (0, 1). It only
            says how images are written: ``run`` returns images and perturbations in it, while tau and every other
            number stay in [-1, 1] units, and the attack is the same.

    Raises ``ValueError`` with one sentence: at construction for impossible settings, in ``forward`` for an
    image batch of the wrong shape and for a module whose output does not match the labels.
    """

    def __init__(
        self,
        module: nn.Module,
        labels: Sequence[str],
        input_size: tuple[int, int],
        mean: Sequence[float] = (0.5, 0.5, 0.5),
        std: Sequence[float] = (0.5, 0.5, 0.5),
        name: str = "custom",
        recommended_tau: Mapping[str, float] | None = None,
        card: Mapping[str, Any] | None = None,
        input_range: tuple[float, float] = SIGNED,
    ) -> None:
        super().__init__()
        if isinstance(labels, str) or len(labels) == 0 or len(set(labels)) != len(labels):
            raise ValueError(f"labels needs a list of different names, one per logit; got {labels!r}")
        if len(input_size) != 2 or not all(int(side) == side and side > 0 for side in input_size):
            raise ValueError(f"input_size needs (height, width) in pixels; got {input_size!r}")
        self.normalise = Normalise(mean, std)
        self.module = module
        self.name = name
        self.labels: tuple[str, ...] = tuple(labels)
        self.input_size: tuple[int, int] = (int(input_size[0]), int(input_size[1]))
        self.recommended_tau: dict[str, float] = dict(recommended_tau or tau_of(name))
        self.card: dict[str, Any] = dict(card or {})
        self.input_range: Range = checked_range(input_range)
        self.memory_format = torch.contiguous_format  # folding.prepare() may choose channels_last

    def with_range(self, input_range: tuple[float, float]) -> Self:
        """The same network (its parameters are shared) for images given in another range."""
        other = copy.copy(self)
        other.input_range = checked_range(input_range)
        return other

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, C) of images (B, 3, H, W) in ``input_range``."""
        logits = self.module(self._as_trained(x))
        if not isinstance(logits, Tensor) or logits.shape != (len(x), len(self.labels)):
            got = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
            raise ValueError(
                f"model {self.name!r} has {len(self.labels)} labels, so its module must return logits of "
                f"shape ({len(x)}, {len(self.labels)}); it returned {got}"
            )
        return logits

    def seen_at(self, x: Tensor) -> Tensor | None:
        """Where each label is seen: logits (B, C, h, w) by position of images (B, 3, H, W), or None.

        For networks that score every label at every position and pool the positions to the label's logit; such a
        module says so by a method ``seen_at`` that takes what its ``forward`` takes. Images are in ``input_range``;
        (h, w) is a coarse grid over the image, and the largest logit of a label is its winning position.
        """
        look: Callable[[Tensor], Tensor] | None = getattr(self.module, "seen_at", None)
        if look is None:
            return None
        return look(self._as_trained(x))

    def _as_trained(self, x: Tensor) -> Tensor:
        """The images as the module wants them; images of another shape are refused."""
        if x.ndim != 4 or tuple(x.shape[1:]) != (3, *self.input_size):
            height, width = self.input_size
            raise ValueError(
                f"model {self.name!r} takes images of shape (B, 3, {height}, {width}) but got "
                f"{tuple(x.shape)}; masw_core.data.images.to_tensor(image, model.input_size) makes one"
            )
        x = to_signed(x.contiguous(memory_format=self.memory_format), self.input_range)
        normalised: Tensor = self.normalise(x)
        return normalised
