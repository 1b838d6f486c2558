"""Models to attack: ``load_model(name)``, ``list_models()`` and ``MultiLabelModel`` for your own.

Importing this package does not import torch; loading a model does.
"""

from typing import TYPE_CHECKING, Any

from masw_core.models.registry import ModelError, ModelInfo, list_models, load_model
from masw_core.models.voc import VOC_LABELS

if TYPE_CHECKING:
    from masw_core.models.multi_label import MultiLabelModel

__all__ = ["VOC_LABELS", "ModelError", "ModelInfo", "MultiLabelModel", "list_models", "load_model"]


def __getattr__(name: str) -> Any:
    if name == "MultiLabelModel":
        from masw_core.models.multi_label import MultiLabelModel

        return MultiLabelModel
    raise AttributeError(f"module 'masw_core.models' has no attribute {name!r}")
