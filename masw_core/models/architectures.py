"""The paper's networks with one output per label: Inception-v3, ResNet-50 and TResNet.

``build_architecture`` makes one for any list of labels, untrained or with the ImageNet weights of torchvision
and timm under a new last layer. Trained weights are read by ``checkpoints.py``; which trained models there are
is in ``trained.py``; training is in ``masw_core/training/finetune.py``.

Szegedy et al. 2016 (Inception-v3); He et al. 2016 (ResNet); Ridnik et al. 2021 (TResNet).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.error import URLError

from masw_core.models.info import ModelError
from masw_core.models.multi_label import MultiLabelModel
from masw_core.models.paper_models import ARCHITECTURES
from masw_core.models.torchvision_import import import_torchvision

from torch import nn

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Recipe:
    """How a network is made and what its inputs are.

    ``build`` takes whether ImageNet weights are wanted and returns a network whose last layer is the linear
    layer named ``head``. ``mean`` and ``std`` are those of the ImageNet weights, for images in [0, 1].
    Sides of the input are at least ``smallest`` pixels and a multiple of ``multiple``.
    """

    build: Callable[[bool], nn.Module]
    head: str
    mean: Triple
    std: Triple
    smallest: int = 32
    multiple: int = 1


def _inception_v3(pretrained: bool) -> nn.Module:
    """Without the auxiliary classifier; its own input range is [-1, 1], so nothing is transformed."""
    from torchvision.models import Inception_V3_Weights, inception_v3

    weights = Inception_V3_Weights.IMAGENET1K_V1 if pretrained else None
    # With weights torchvision builds and fills the auxiliary classifier, then drops it, and it turns on a change
    # of range from ImageNet's mean and std back to [-1, 1].
    network = inception_v3(weights=weights, aux_logits=pretrained, init_weights=not pretrained)
    network.aux_logits, network.AuxLogits, network.transform_input = False, None, False
    return network


def _resnet50(pretrained: bool) -> nn.Module:
    from torchvision.models import ResNet50_Weights, resnet50

    return resnet50(weights=ResNet50_Weights.IMAGENET1K_V2 if pretrained else None)


def _tresnet(name: str) -> Callable[[bool], nn.Module]:
    def build(pretrained: bool) -> nn.Module:
        from timm.models import create_model

        return create_model(name, pretrained=pretrained)

    return build


RECIPES = {
    "inception_v3": Recipe(_inception_v3, "fc", (0.5,) * 3, (0.5,) * 3, smallest=75),
    "resnet50": Recipe(_resnet50, "fc", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "tresnet_m": Recipe(_tresnet("tresnet_m"), "head.fc", (0.0,) * 3, (1.0,) * 3, multiple=4),
    "tresnet_l": Recipe(_tresnet("tresnet_l"), "head.fc", (0.0,) * 3, (1.0,) * 3, multiple=4),
}


def build_architecture(
    name: str,
    labels: Sequence[str],
    input_size: int | tuple[int, int] | None = None,
    *,
    pretrained: bool = False,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    title: str | None = None,
    card: dict[str, Any] | None = None,
) -> MultiLabelModel:
    """A network of the paper with one logit per label, in training mode and not folded.

    Args:
        name: inception_v3, resnet50, tresnet_m or tresnet_l.
        labels: the C label names.
        input_size: height and width in pixels, one number for a square; None: 299 for Inception-v3, 224 otherwise.
        pretrained: start from ImageNet weights, which torchvision (Inception-v3, ResNet-50) or timm (TResNet)
            fetches once; the last layer is always new.
        mean, std: what the weights were trained with, as given to torchvision's ``Normalize``; None: what the
            ImageNet weights of the network expect.
        title: the model's name in results; None: ``name``.
        card: facts for the model card.

    Raises ``ModelError`` for an unknown name, an impossible size, and weights that cannot be fetched.
    """
    if name not in RECIPES:
        raise ModelError(f"there is no architecture {name!r}; choose one of {', '.join(RECIPES)}")
    recipe = RECIPES[name]
    size = _size(name, recipe, input_size)
    import_torchvision()
    network = _fetched(name, recipe) if pretrained else recipe.build(False)
    old = network.get_submodule(recipe.head)
    assert isinstance(old, nn.Linear)
    network.set_submodule(recipe.head, nn.Linear(old.in_features, len(labels)))
    mean = recipe.mean if mean is None else mean
    std = recipe.std if std is None else std
    return MultiLabelModel(network, labels, size, mean, std, name=title or name, card=card)


def _size(name: str, recipe: Recipe, wanted: int | tuple[int, int] | None) -> tuple[int, int]:
    if wanted is None:
        wanted = ARCHITECTURES[name].side
    height, width = (wanted, wanted) if isinstance(wanted, int) else wanted
    if min(height, width) < recipe.smallest or height % recipe.multiple or width % recipe.multiple:
        step = f" and a multiple of {recipe.multiple}" if recipe.multiple > 1 else ""
        raise ModelError(
            f"{name} cannot take images of {height} x {width} pixels: each side must be at least "
            f"{recipe.smallest}{step}"
        )
    return int(height), int(width)


def _fetched(name: str, recipe: Recipe) -> nn.Module:
    """The network with ImageNet weights from torchvision or timm, or one sentence."""
    advice = f"the ImageNet weights of {name} could not be fetched; connect to the internet once or train without them"
    try:
        return recipe.build(True)
    except URLError as error:
        raise ModelError(f"{advice} ({error.reason})") from error
    except (OSError, RuntimeError) as error:  # timm's hub raises either; a damaged file is a RuntimeError
        raise ModelError(f"{advice} ({' '.join(str(error).split())[:120]})") from error
