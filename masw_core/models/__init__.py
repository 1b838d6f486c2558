"""Models to attack: ``load_model(name)``, ``list_models()`` and ``MultiLabelModel`` for your own.

The paper's networks are loaded by name once they are trained (``list_paper_models()``), from a published file
(``load_checkpoint``), or built untrained (``build_architecture``).

Importing this package does not import torch; loading a model does.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from masw_core.models.info import ModelError, ModelInfo
from masw_core.models.paper_models import list_paper_models
from masw_core.models.registry import list_models, load_model
from masw_core.models.voc import VOC_LABELS

if TYPE_CHECKING:
    from masw_core.models.architectures import build_architecture
    from masw_core.models.checkpoints import load_checkpoint
    from masw_core.models.multi_label import MultiLabelModel

_WITH_TORCH = {
    "MultiLabelModel": "masw_core.models.multi_label",
    "build_architecture": "masw_core.models.architectures",
    "load_checkpoint": "masw_core.models.checkpoints",
}
__all__ = [
    "VOC_LABELS",
    "ModelError",
    "ModelInfo",
    "MultiLabelModel",
    "build_architecture",
    "list_models",
    "list_paper_models",
    "load_checkpoint",
    "load_model",
]


def __getattr__(name: str) -> Any:
    if name in _WITH_TORCH:
        return getattr(import_module(_WITH_TORCH[name]), name)
    raise AttributeError(f"module 'masw_core.models' has no attribute {name!r}")
