"""The embedded networks ``scenes`` and ``scenes-robust``: their weights and model cards.

The architecture is in ``scene_network.py``; how the weights were made is in ``masw_core/training``.
"""

from typing import Any

from masw_core.assets import ASSETS
from masw_core.models.embedded import read_embedded
from masw_core.models.multi_label import MultiLabelModel
from masw_core.models.scene_network import SceneNetwork, scene_network
from masw_core.models.voc import VOC_LABELS

WEIGHTS_FOLDER = ASSETS / "models"
SCENE_MODELS = ("scenes", "scenes-robust")
INPUT_SIZE = (128, 128)


def scenes_module(name: str) -> tuple[SceneNetwork, dict[str, Any]]:
    """The plain network of a name, in evaluation mode and single precision, and its model card.

    Raises:
        ValueError: a name that is not one of SCENE_MODELS.
        ModelError: the weights are missing or damaged.
    """
    if name not in SCENE_MODELS:
        raise ValueError(f"the scene networks are {' and '.join(SCENE_MODELS)}, not {name!r}")
    weights, card = read_embedded(WEIGHTS_FOLDER / f"{name}.safetensors")
    network = scene_network()
    network.load_state_dict(weights)  # copies half precision into single
    return network.eval(), card


def build_scenes(name: str) -> MultiLabelModel:
    """The network of a name as a ``MultiLabelModel``; it takes [-1, 1] images as they are."""
    network, card = scenes_module(name)
    return MultiLabelModel(network, VOC_LABELS, INPUT_SIZE, name=name, card=card)
