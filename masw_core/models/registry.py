"""Which models there are and how a name becomes one.

Listing reads only this table: no weights, no torch, no torchvision. Each entry names the module that builds
it, imported the first time the model is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from masw_core.models.coco import COCO_LABELS
from masw_core.models.info import ModelError, ModelInfo
from masw_core.models.paper_models import is_trained_name
from masw_core.models.recommended_tau import recommended_tau
from masw_core.models.voc import VOC_LABELS

if TYPE_CHECKING:
    from masw_core.models.multi_label import MultiLabelModel

    import torch


def list_models() -> list[ModelInfo]:
    """Every model that ``load_model`` knows, the default of the app first."""
    return list(_MODELS.values())


def load_model(name: str, device: str | torch.device = "cpu", weights: str | Path | None = None) -> MultiLabelModel:
    """Load a model by name, ready to be attacked.

    It is in evaluation mode, its parameters are frozen, batch-norm is folded into the convolutions and the
    weights are laid out channels-last.

    name: one of ``list_models()``, or a network of the paper for a data set, such as "resnet50:voc2012"
        (``list_paper_models()``).
    device: "cpu", "cuda" (or "cuda:1"), or "auto" for CUDA where there is one.
    weights: for the networks of the paper: the file with their weights; None: the one in the models folder.

    Raises ``ModelError`` for a name or device that does not exist and for weights that are missing or cannot
    be fetched.
    """
    trained = is_trained_name(name)
    if not trained and name not in _MODELS:
        raise ModelError(f"there is no model {name!r}; choose one of {', '.join(_MODELS)}")
    if weights is not None and not trained:
        raise ModelError(f"model {name!r} brings its own weights: leave weights out")
    from masw_core.models.folding import prepare

    where = find_device(device)
    if trained:
        from masw_core.models.trained import trained_model

        return prepare(trained_model(name, weights), where)
    return prepare(_builder(name)(name), where)


def find_device(wanted: str | torch.device) -> torch.device:
    import torch

    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(wanted)
    except (RuntimeError, TypeError):
        raise ModelError(f"there is no device {wanted!r}; choose cpu, cuda or auto") from None
    if device.type not in ("cpu", "cuda"):
        raise ModelError(f"device {wanted!r} is not supported; choose cpu, cuda or auto")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ModelError(f"device {wanted!r} is not available on this machine; choose cpu or auto")
    return device


def _builder(name: str) -> Callable[[str], MultiLabelModel]:
    """The function that builds an embedded model in plain form, from the module that owns it."""
    if name.startswith("torchvision:"):
        from masw_core.models.segmentation import segmentation_model

        return segmentation_model
    if name == "photo" or name.startswith("photo-"):
        from masw_core.models.photo import photo_model

        return photo_model
    from masw_core.models.scenes import build_scenes

    return build_scenes


def _entry(
    name: str,
    title: str,
    summary: str,
    images: str,
    side: int,
    licence: str,
    downloads: str = "",
    labels: tuple[str, ...] = VOC_LABELS,
) -> ModelInfo:
    return ModelInfo(name, title, summary, images, (side, side), licence, downloads, labels, recommended_tau(name))


_SEGMENTATION = "BSD-3-Clause (torchvision); trained on COCO images"
_MODELS: dict[str, ModelInfo] = {
    info.name: info
    for info in (
        _entry(
            "scenes",
            "Scenes",
            "small residual network trained here on drawn scenes of the 20 VOC labels; "
            "quick and accurate on scenes, says nothing sensible about photos",
            "drawings",
            128,
            "Apache-2.0",
        ),
        _entry(
            "scenes-robust",
            "Scenes, adversarially trained",
            "the same network after adversarial training: the hardest to attack, it separates attacks best",
            "drawings",
            128,
            "Apache-2.0",
        ),
        _entry(
            "photo",
            "Photo tagger",
            "NanoDet-g, a small detector trained on COCO and read as a tagger of its 80 labels; sees several labels "
            "in a photo and misses small things",
            "photos",
            320,
            "Apache-2.0",
            labels=COCO_LABELS,
        ),
        _entry(
            "photo-fast",
            "Photo tagger, fast",
            "the same network on smaller images: takes six tenths of the time and misses a little more",
            "photos",
            256,
            "Apache-2.0",
            labels=COCO_LABELS,
        ),
        _entry(
            "photo-voc",
            "Photo tagger, 20 labels",
            "the same network, of whose 80 labels only VOC's 20 are read, under VOC's names",
            "photos",
            320,
            "Apache-2.0",
        ),
        _entry(
            "torchvision:lraspp_mobilenet_v3_large",
            "LR-ASPP MobileNetV3-Large",
            "light segmentation network pooled to image labels",
            "photos",
            320,
            _SEGMENTATION,
            "12 MB of weights from download.pytorch.org",
        ),
        _entry(
            "torchvision:deeplabv3_mobilenet_v3_large",
            "DeepLabV3 MobileNetV3-Large",
            "segmentation network pooled to image labels: a good balance of speed and accuracy",
            "photos",
            320,
            _SEGMENTATION,
            "42 MB of weights from download.pytorch.org",
        ),
        _entry(
            "torchvision:deeplabv3_resnet50",
            "DeepLabV3 ResNet-50",
            "large segmentation network pooled to image labels: the most accurate on photos, slow on a CPU",
            "photos",
            320,
            _SEGMENTATION,
            "161 MB of weights from download.pytorch.org",
        ),
        _entry(
            "torchvision:fcn_resnet50",
            "FCN ResNet-50",
            "plain fully convolutional segmentation network pooled to image labels, slow on a CPU",
            "photos",
            320,
            _SEGMENTATION,
            "135 MB of weights from download.pytorch.org",
        ),
    )
}
