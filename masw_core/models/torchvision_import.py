"""The one door to torchvision (and so to timm, which imports it).

torchvision's wheel on PyPI is built against the CUDA build of torch. Beside a CPU torch its compiled part
does not load, and its Python part then fails while it registers output shapes for two operators that
nobody has declared ("operator torchvision::nms does not exist"). Declaring the two signatures before the
import is all that is missing: models, transforms and data sets work; calling the two box operators
themselves would still fail, and nothing here does. Where the compiled part does load, it declares them
itself, so this is done only after the plain import has been seen to fail.
"""

import sys
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from masw_core.models.info import ModelError

import torch

_SIGNATURES = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


@cache
def import_torchvision() -> ModuleType:
    """Return the torchvision module, with its two missing operators declared where they are missing.

    Call it before importing timm. Raises ``ModelError`` where one of the two is not installed.
    """
    if find_spec("torchvision") is None or find_spec("timm") is None:
        raise ModelError("this network needs torchvision and timm: run pip install 'masw-explorer[models]'")
    try:
        return import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]  # half-imported by the attempt above
    for operator, signature in _SIGNATURES.items():
        if not _declared(operator):
            torch.library.define(f"torchvision::{operator}", signature)
    return import_module("torchvision")


def _declared(operator: str) -> bool:
    return hasattr(torch.ops.torchvision, operator)
