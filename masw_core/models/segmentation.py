"""Image taggers made of torchvision's segmentation networks: ``torchvision:<name>``.

They were trained on the part of COCO that has VOC's labels, so their per-pixel classes are our labels. Each
class's log-odds at every position of the coarse map are pooled to one logit for the image; the upsampling to
pixels is left out. The weights (12 to 161 MB) are fetched by torchvision, once, into torch's cache folder
(``~/.cache/torch/hub`` or ``$TORCH_HOME/hub``).
"""

import math
from typing import Any
from urllib.error import URLError

from masw_core.models.info import ModelError
from masw_core.models.multi_label import MultiLabelModel
from masw_core.models.torchvision_import import import_torchvision
from masw_core.models.voc import VOC_LABELS

import torch
from torch import Tensor, nn

INPUT_SIZE = (320, 320)
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
NETWORKS = (
    "lraspp_mobilenet_v3_large",
    "deeplabv3_mobilenet_v3_large",
    "deeplabv3_resnet50",
    "fcn_resnet50",
)
# Pooling is a log-mean-exp of this sharpness: an object on one position in a hundred loses 2.3 off its logit.
SHARPNESS = 2.0


def segmentation_model(name: str, pretrained: bool = True) -> MultiLabelModel:
    """The tagger ``torchvision:<network>``, not yet folded; ``pretrained=False`` (random weights) is for tests.

    Raises ``ModelError`` when the weights cannot be fetched or kept.
    """
    network_name = name.removeprefix("torchvision:")
    if network_name not in NETWORKS:
        raise ModelError(f"there is no segmentation network {network_name!r}; choose {', '.join(NETWORKS)}")
    import_torchvision()
    from torchvision.models import get_model, get_model_weights

    weights = get_model_weights(network_name)["COCO_WITH_VOC_LABELS_V1"]
    categories = weights.meta["categories"]
    # The checkpoints carry a second head that was only used in training.
    has_second_head = {} if network_name.startswith("lraspp") else {"aux_loss": pretrained}
    network = get_model(
        network_name, weights=None, weights_backbone=None, num_classes=len(categories), **has_second_head
    )
    if pretrained:
        network.load_state_dict(_fetch(weights), strict=True)
    tagger = SegmentationTagger(network, [categories.index(label) for label in VOC_LABELS])
    return MultiLabelModel(tagger, VOC_LABELS, INPUT_SIZE, MEAN, STD, name=name, card=_card(weights))


class SegmentationTagger(nn.Module):
    """Logits (B, C) of normalised images: per class, the log-odds against all others, pooled over positions."""

    def __init__(self, network: Any, classes: list[int]) -> None:
        super().__init__()
        self.backbone = network.backbone
        self.classifier = network.classifier
        self.reads_two_maps = type(network).__name__ == "LRASPP"
        self.classes = classes

    def forward(self, x: Tensor) -> Tensor:
        odds = self.seen_at(x).flatten(2)
        return (torch.logsumexp(SHARPNESS * odds, dim=2) - math.log(odds.shape[2])) / SHARPNESS

    def seen_at(self, x: Tensor) -> Tensor:
        """Where each label is seen: its log-odds (B, C, h, w) by position, before pooling."""
        features = self.backbone(x)
        scores = self.classifier(features if self.reads_two_maps else features["out"])
        return log_odds(scores.flatten(2))[:, self.classes].unflatten(2, scores.shape[2:])


def log_odds(scores: Tensor) -> Tensor:
    """ln p/(1-p) of a softmax over dimension 1 of (B, C, n), finite where it saturates."""
    odds = (scores - scores.amax(dim=1, keepdim=True).detach()).exp()
    others = 1 - torch.eye(scores.shape[1], dtype=odds.dtype, device=odds.device)
    smallest = torch.finfo(odds.dtype).tiny
    return (odds + smallest).log() - (others @ odds + smallest).log()


def _fetch(weights: Any) -> dict[str, Tensor]:
    try:
        return weights.get_state_dict(progress=True, check_hash=True, map_location="cpu", weights_only=True)
    except URLError as error:
        raise ModelError(
            f"the weights could not be fetched from {weights.url} ({error.reason}); "
            "connect to the internet once or choose an embedded model"
        ) from error
    except OSError as error:  # the connection broke off, or the cache folder cannot be written
        raise ModelError(
            f"the weights could not be fetched or kept in torch's cache folder {torch.hub.get_dir()} ({error})"
        ) from error
    except RuntimeError as error:  # torch.hub: the checksum does not match
        raise ModelError(f"the weights fetched from {weights.url} are damaged; try again ({error})") from error


def _card(weights: Any) -> dict[str, str]:
    miou = weights.meta["_metrics"]["COCO-val2017-VOC-labels"]["miou"]
    return {
        "network": f"torchvision {type(weights).__name__.removesuffix('_Weights')}, pooled to image labels",
        "trained on": "COCO train2017 images that contain one of the twenty VOC labels, by torchvision",
        "accuracy": f"{miou} mean IoU per pixel on COCO val2017, as published; as a tagger not measured here",
        "licence of the weights": "BSD-3-Clause (torchvision)",
    }
