"""MS COCO 2014: ``annotations/instances_{train,val}2014.json`` beside the folders ``train2014`` and ``val2014``.

A label is true when the image has an annotation of its category, crowds included; images without annotations
are left out. That gives the paper's 82,081 training and 40,137 validation images. The labels are the
categories of the annotation file in the order of their ids: 80 in the official ones.
"""

import contextlib
import io
from pathlib import Path
from typing import Any

from masw_core.data.labelled_images import LabelledImages
from masw_core.data.locate import DataError, Source

import numpy as np

SOURCE = Source("coco2014", "COCO 2014", "https://cocodataset.org/#download")
SPLITS = ("train", "val")


def open_coco2014(split: str, root: str | Path | None = None, size: int | None = None) -> LabelledImages:
    """Open a split of COCO 2014; the annotations ("train": 300 MB) take up to a minute to read.

    Args:
        split: "train" or "val".
        root: folder with ``annotations``, ``train2014`` and ``val2014``.
        size: height and width of the images in pixels; None: 224.
    Raises:
        DataError: unknown split, or a missing or unusable file, in one sentence.
    """
    SOURCE.choose(split, SPLITS)
    base = SOURCE.folder(root)
    file = SOURCE.find(base, f"annotations/instances_{split}2014.json", f"instances_{split}2014.json")
    folder = SOURCE.find(base, f"{split}2014", f"images/{split}2014")
    coco = _annotations(file)
    try:
        categories = sorted(coco.cats.values(), key=lambda category: category["id"])
        labels = [str(category["name"]) for category in categories]
        column_of = {category["id"]: column for column, category in enumerate(categories)}
        images = sorted(coco.imgs)
        files = [str(coco.imgs[image]["file_name"]) for image in images]
        pairs = [
            (row, column_of[annotation["category_id"]])
            for row, image in enumerate(images)
            for annotation in coco.imgToAnns.get(image, ())
            if annotation.get("category_id") in column_of
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise SOURCE.damaged(file, f"it is no COCO annotation file ({error!r})") from error
    rows, columns = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return LabelledImages(SOURCE, split, labels, folder, files, rows, columns, size)


def _annotations(file: Path) -> Any:
    """pycocotools' index of a file, without the lines that it prints."""
    try:
        from pycocotools.coco import COCO
    except ImportError as error:
        raise DataError("COCO's annotations need pycocotools: run pip install 'masw-explorer[data]'") from error

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            return COCO(str(file))
    except OSError as error:
        raise SOURCE.damaged(file, error.strerror or "it cannot be read") from error
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise SOURCE.damaged(file, f"it is no COCO annotation file ({type(error).__name__})") from error
