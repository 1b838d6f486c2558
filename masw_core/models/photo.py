"""The embedded photo tagger: NanoDet-g for COCO's 80 labels, a view of it for VOC's 20, and where a label is seen.

The network is in ``nanodet.py``; weights and model card are ``assets/models/photo.*``, made by
``scripts/convert_nanodet.py``; pooling was chosen and everything measured by ``benchmarks/photo_quality.py``.
"""

from typing import Any, NamedTuple

from masw_core.assets import ASSETS
from masw_core.models.coco import COCO_LABELS, VOC_IN_COCO
from masw_core.models.embedded import read_embedded, read_embedded_json
from masw_core.models.info import ModelError
from masw_core.models.multi_label import MultiLabelModel
from masw_core.models.nanodet import NanoDet
from masw_core.models.voc import VOC_LABELS

from torch import Tensor

FOLDER = ASSETS / "models"
# The network was trained on 8-bit pixels minus (123.675, 116.28, 103.53) over (58.395, 57.12, 57.375), in RGB order:
# ImageNet's usual mean and deviation.
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class View(NamedTuple):
    """What a name stands for: side in pixels, label names, and which of the network's logits they are."""

    side: int
    labels: tuple[str, ...] = COCO_LABELS
    logits: tuple[int, ...] = tuple(range(len(COCO_LABELS)))


VIEWS = {
    "photo": View(320),
    "photo-fast": View(256),
    "photo-voc": View(320, VOC_LABELS, VOC_IN_COCO),
}


def photo_model(name: str = "photo", side: int | None = None) -> MultiLabelModel:
    """The tagger of a name with its weights, not yet folded.

    name: "photo" (80 labels, 320 px), "photo-fast" (80 labels, 256 px) or "photo-voc" (VOC's 20 labels, 320 px).
    side: height and width of the images in pixels, a multiple of 32; None: the name's own.

    Raises ``ModelError`` for another name or side and where the weights are missing or damaged.
    """
    if name not in VIEWS:
        raise ModelError(f"the photo taggers are {', '.join(VIEWS)}, not {name!r}")
    view = VIEWS[name]
    side = view.side if side is None else side
    if side < 32 or side % 32:
        raise ModelError(f"the photo tagger takes images with a side that is a multiple of 32, not {side}")
    card = read_card()
    network = NanoDet(len(view.labels), card["pooling"]["sharpness"], card["pooling"]["shift"])
    network.load_state_dict(_weights(view.logits))  # copies half precision into single
    card |= {"labels": list(view.labels), "results": card["results"].get(name, {})}
    return MultiLabelModel(network.eval(), view.labels, (side, side), MEAN, STD, name=name, card=card)


def read_card() -> dict[str, Any]:
    """What photo.json says of the network: facts, labels, pooling, and results for each of VIEWS."""
    return read_embedded_json(FOLDER / "photo.json")


def _weights(logits: tuple[int, ...]) -> dict[str, Tensor]:
    """The published weights, of the classifiers only the rows of some logits."""
    weights = read_embedded(FOLDER / "photo.safetensors")[0]
    for key in weights:
        if key.startswith("heads.") and key.split(".")[2] == "1":
            weights[key] = weights[key][list(logits)]
    return weights
