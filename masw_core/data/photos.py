"""The data set "photos": the few sample photos that come with the project, with their true labels among COCO's 80.

They are for demonstrations and for seeing whether what holds on drawn scenes holds on photos at all; so few pictures
make no benchmark. Where they come from is in ``samples.py``.
"""

from masw_core.data.images import read_image, to_tensor
from masw_core.data.locate import DataError
from masw_core.data.samples import list_samples
from masw_core.models.coco import COCO_LABELS

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

SPLITS = ("samples",)
SIZE = 320


class SamplePhotos(Dataset[tuple[Tensor, Tensor]]):
    """The sample photos; items are ``(image, labels)``: (3, size, size) in [-1, 1], and (80,) bool.

    Args:
        split: "samples", the only one.
        size: height and width of the images in pixels; None: what the photo tagger takes, 320.
    Raises:
        DataError: unknown split.
    """

    labels = COCO_LABELS

    def __init__(self, split: str, size: int | None = None) -> None:
        if split not in SPLITS:
            raise DataError(f"The sample photos have one split, {SPLITS[0]}, not {split!r}.")
        self.split = split
        self.size = SIZE if size is None else size
        self._samples = [sample for sample in list_samples() if sample.model == "photo"]

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        image = to_tensor(read_image(self._samples[index].file), (self.size, self.size))
        return image, torch.from_numpy(self.present(index))

    def present(self, index: int) -> np.ndarray:
        """The labels of an item as (80,) bool, without reading its picture."""
        return np.array([label in self._samples[index].labels for label in COCO_LABELS])
