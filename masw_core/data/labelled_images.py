"""The data set class behind VOC, COCO, NUS-WIDE and Open Images: picture files on disk with multi-hot labels.

Opening decodes nothing: file names are one array of bytes and labels are kept as lists of positives (one array
with an offset per image), so that millions of images with thousands of labels fit in memory. How the files of
a data set are found and parsed is in the module of that data set.
"""

from collections.abc import Sequence
from pathlib import Path

from masw_core.data.images import ImageError, read_image, to_tensor
from masw_core.data.locate import DataError, Source

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

DEFAULT_SIZE = 224


class LabelledImages(Dataset[tuple[Tensor, Tensor]]):
    """One split of a data set whose pictures are files.

    Items are ``(image, labels)``: a float tensor (3, size, size) in [-1, 1], the whole picture scaled to the square,
    and a bool tensor (C,).

    Args:
        source: the data set's name, title and page, for messages.
        split: name of the split.
        labels: the C label names.
        folder: where the files are.
        files: N paths relative to ``folder``.
        rows, columns: the positives, image ``rows[i]`` shows label ``columns[i]``; repetitions count once.
        size: height and width of the images in pixels; None: 224.
    Raises:
        DataError: no image has a label; an item's picture is missing or broken (the message names the file).

    Images without any label are left out: a top-k attack on them is not defined.
    """

    def __init__(
        self,
        source: Source,
        split: str,
        labels: Sequence[str],
        folder: Path,
        files: Sequence[str],
        rows: np.ndarray,
        columns: np.ndarray,
        size: int | None = None,
    ) -> None:
        if size is not None and size < 1:
            raise DataError(f"size = {size} is impossible: choose a number of pixels, or None for {DEFAULT_SIZE}")
        self.name = source.name
        self.split = split
        self.labels: tuple[str, ...] = tuple(labels)
        self.folder = folder
        self.size = DEFAULT_SIZE if size is None else int(size)
        cells = np.unique(np.asarray(rows, np.int64) * len(self.labels) + np.asarray(columns, np.int64))
        rows, columns = cells // len(self.labels), cells % len(self.labels)
        kept, counts = np.unique(rows, return_counts=True)
        if len(kept) == 0:
            raise DataError(f"no image of the split {split!r} of {source.title} in {folder} has a label")
        encoded = np.array([file.encode("utf-8", "surrogateescape") for file in files], dtype=np.bytes_)
        self._files = encoded[kept]
        self._positives = columns.astype(np.min_scalar_type(len(self.labels)))
        self._offsets = np.concatenate([[0], np.cumsum(counts)])

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        present = self.present(index)
        file = self.file(index)
        try:
            picture = read_image(file)
        except ImageError as error:
            raise DataError(f"{file}: {error}") from error
        return to_tensor(picture, (self.size, self.size)), torch.from_numpy(present)

    def file(self, index: int) -> Path:
        """Where the picture of an item is."""
        self._check(index)
        return self.folder / self._files[index].decode("utf-8", "surrogateescape")

    def present(self, index: int) -> np.ndarray:
        """The labels of an item as (C,) bool, without reading its picture."""
        self._check(index)
        present = np.zeros(len(self.labels), dtype=bool)
        present[self._positives[self._offsets[index] : self._offsets[index + 1]]] = True
        return present

    def _check(self, index: int) -> None:
        if not 0 <= index < len(self):
            raise IndexError(f"the split {self.split!r} has images 0 to {len(self) - 1}, not {index}")
