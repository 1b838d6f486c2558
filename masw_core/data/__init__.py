"""Data sets: ``load_dataset(name, split)`` gives items ``(image, labels)`` and a ``.labels`` of names.

Images are float tensors (3, H, W) in [-1, 1], labels are bool tensors (C,). Importing this package imports
neither torch nor any pictures; loading a data set does.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from masw_core.data.scenes import SceneDataset

__all__ = ["DatasetInfo", "list_datasets", "load_dataset"]


@dataclass(frozen=True)
class DatasetInfo:
    """One row of ``list_datasets()``: what a data set is, known without loading it."""

    name: str
    title: str
    summary: str
    splits: tuple[str, ...]
    label_count: int
    home: str  # module:class; the class takes split, size and, where needs_root, root
    evaluation_split: str  # the split that tables are made on
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
    )
}


def list_datasets() -> list[DatasetInfo]:
    """Every data set that ``load_dataset`` knows."""
    return list(_DATASETS.values())


def load_dataset(name: str, split: str = "test", size: int | None = None, **options: Any) -> "SceneDataset":
    """Open a data set.

    Args:
        name: a name of ``list_datasets()``.
        split: "train", "tune", "test" or "unseen" for the scenes.
        size: height and width of the images in pixels; None: what the embedded networks take (128).
        options: what else the data set takes (``root`` for those whose files are the user's).
    Raises:
        ValueError: unknown name or split.
    """
    if name not in _DATASETS:
        raise ValueError(f"there is no data set {name!r}; choose one of {', '.join(_DATASETS)}")
    module, _, builder = _DATASETS[name].home.partition(":")
    if size is not None:
        options["size"] = size
    return getattr(import_module(module), builder)(split, **options)
