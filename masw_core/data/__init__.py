"""Data sets: ``load_dataset(name, split)`` gives items ``(image, labels)`` and a ``.labels`` of names.

Images are float tensors (3, H, W) in [-1, 1], labels are bool tensors (C,); ``present(index)`` gives the labels
of an item without its picture. Importing this package imports neither torch nor any pictures; loading a data
set does.
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from masw_core.data.locate import DataError

if TYPE_CHECKING:
    from masw_core.data.labelled_images import LabelledImages
    from masw_core.data.scenes import SceneDataset

__all__ = ["DataError", "DatasetInfo", "dataset_info", "list_datasets", "load_dataset"]


@dataclass(frozen=True)
class DatasetInfo:
    """One row of ``list_datasets()``: what a data set is, known without loading it."""

    name: str
    title: str
    summary: str
    splits: tuple[str, ...]
    label_count: int
    home: str  # module:function; it takes split, size and, where needs_root, root
    evaluation_split: str  # the split that tables are made on; models are trained on "train"
    needs_root: bool = False  # the files are the user's: root= says where they are


_DATASETS = {
    info.name: info
    for info in (
        DatasetInfo(
            "scenes",
            "Embedded scenes",
            "synthetic scenes of the 20 VOC labels, drawn on the fly from the icon atlas; nothing to download",
            ("train", "tune", "test", "unseen"),
            20,
            "masw_core.data.scenes:SceneDataset",
            "test",
        ),
        DatasetInfo(
            "photos",
            "Sample photos",
            "the photos that come with the project; for demonstrations, too few for a benchmark",
            ("samples",),
            80,
            "masw_core.data.photos:SamplePhotos",
            "samples",
        ),
        DatasetInfo(
            "voc2012",
            "PASCAL VOC 2012",
            "5,717 and 5,823 photos of 20 kinds of object; root= is the folder with VOCdevkit",
            ("train", "val", "trainval"),
            20,
            "masw_core.data.voc:open_voc2012",
            "val",
            needs_root=True,
        ),
        DatasetInfo(
            "coco2014",
            "COCO 2014",
            "82,081 and 40,137 photos of 80 kinds of object; root= is the folder with annotations and val2014",
            ("train", "val"),
            80,
            "masw_core.data.coco:open_coco2014",
            "val",
            needs_root=True,
        ),
        DatasetInfo(
            "nuswide",
            "NUS-WIDE",
            "web photos of 81 concepts; root= is the folder with Groundtruth or nus_wid_data.csv, and the photos",
            ("train", "test"),
            81,
            "masw_core.data.nuswide:open_nuswide",
            "test",
            needs_root=True,
        ),
        DatasetInfo(
            "openimages",
            "Open Images",
            "web photos with 9,605 trainable labels; root= is the folder with the CSV files and a folder per split",
            ("train", "validation", "test"),
            9605,
            "masw_core.data.openimages:open_openimages",
            "test",
            needs_root=True,
        ),
    )
}


def list_datasets() -> list[DatasetInfo]:
    """Every data set that ``load_dataset`` knows."""
    return list(_DATASETS.values())


def dataset_info(name: str) -> DatasetInfo:
    """The row of one data set; ``DataError`` for an unknown name."""
    if name not in _DATASETS:
        raise DataError(f"there is no data set {name!r}; choose one of {', '.join(_DATASETS)}")
    return _DATASETS[name]


def load_dataset(
    name: str, split: str | None = None, size: int | None = None, root: str | Path | None = None
) -> "SceneDataset | LabelledImages":
    """Open a data set.

    Args:
        name: a name of ``list_datasets()``.
        split: one of its splits; None: the one where attacks are judged, its ``evaluation_split``.
        size: height and width of the images in pixels; None: 128 for the scenes, 320 for the sample photos (what
            the embedded networks take) and 224 for every other data set (what the paper's networks take).
        root: the folder with the user's copy, for every data set that does not come with the project.
    Raises:
        DataError (a ValueError): unknown name or split, missing folder or file; one sentence that says where
            to get what is missing.
    """
    info = dataset_info(name)
    options: dict[str, Any] = {}
    if size is not None:
        options["size"] = size
    if info.needs_root:
        options["root"] = root
    elif root is not None:
        raise DataError(f"{name} comes with the project and has no files of yours: leave root out")
    module, _, builder = info.home.partition(":")
    return getattr(import_module(module), builder)(info.evaluation_split if split is None else split, **options)
