"""Open Images, image-level labels verified by people.

``root`` holds the pictures, one folder per split with ``<ImageID>.jpg``, and the published files
``{train,validation,test}-annotations-human-imagelabels.csv``, ``class-descriptions.csv`` and
``classes-trainable.txt`` (also with the prefixes ``oidv6-`` and ``oidv7-``, also in ``annotations`` or
``metadata``). The label set is the list of trainable classes, the paper's 9,605 in version 6, or every
described class where that list is not there. Labels are called by their description; where two share one,
the class code is added.

Only labels with confidence 1 are true. Images are those on disk that have such a label: hardly anybody
keeps all nine million.
"""

import csv
import os
from collections import Counter
from pathlib import Path

from masw_core.data.labelled_images import LabelledImages
from masw_core.data.locate import Source

import numpy as np

SOURCE = Source("openimages", "Open Images", "https://storage.googleapis.com/openimages/web/download_v6.html")
SPLITS = ("train", "validation", "test")
CHUNK = 1_000_000  # rows of the CSV in memory at once; the training labels have 57 million


def open_openimages(split: str, root: str | Path | None = None, size: int | None = None) -> LabelledImages:
    """Open a split of Open Images; the 57 million label rows of "train" take a few minutes to read.

    Args:
        split: "train", "validation" or "test".
        root: folder with the CSV files and one folder of pictures per split.
        size: height and width of the images in pixels; None: 224.
    Raises:
        DataError: unknown split, or a missing or unusable file, in one sentence.
    """
    SOURCE.choose(split, SPLITS)
    base = SOURCE.folder(root)
    codes, labels = read_classes(base)
    table = SOURCE.find(base, *_places(f"{split}-annotations-human-imagelabels.csv"))
    folder = SOURCE.find(base, split, f"images/{split}")
    images = sorted(name.removesuffix(".jpg") for name in os.listdir(folder) if name.endswith(".jpg"))
    if not images:
        raise SOURCE.damaged(folder, "it holds no <ImageID>.jpg")
    rows, columns = _positives(table, images, codes)
    files = [f"{image}.jpg" for image in images]
    return LabelledImages(SOURCE, split, labels, folder, files, rows, columns, size)


def read_classes(base: Path) -> tuple[list[str], list[str]]:
    """Codes (/m/...) and names of the label set."""
    described = _descriptions(SOURCE.find(base, *_places("class-descriptions.csv")))
    trainable = SOURCE.find_or_none(base, *_places("classes-trainable.txt"))
    codes = list(described) if trainable is None else list(dict.fromkeys(SOURCE.lines(trainable)))
    names = [described.get(code, code) for code in codes]
    shared = Counter(names)
    return codes, [name if shared[name] == 1 else f"{name} ({code})" for name, code in zip(names, codes, strict=True)]


def _descriptions(file: Path) -> dict[str, str]:
    """Code -> name; version 4 has no header line, later ones do, and a name may hold commas and quotes."""
    rows = (next(csv.reader([line])) for line in SOURCE.lines(file))  # a stray quote spoils its own line only
    found = {row[0].strip(): row[1].strip() for row in rows if len(row) == 2 and row[0].startswith("/")}
    if not found:
        raise SOURCE.damaged(file, "it has no line such as /m/01g317,Person")
    return {code: name or code for code, name in found.items()}


def _positives(table: Path, images: list[str], codes: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Rows of ``images`` and columns of ``codes`` that the table affirms; anything else in it is passed over."""
    import pandas as pd

    wanted = ["ImageID", "LabelName", "Confidence"]
    known_images, known_codes = pd.Index(images), pd.Index(codes)
    rows, columns = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    try:
        chunks = pd.read_csv(
            table, usecols=wanted, dtype=str, chunksize=CHUNK, on_bad_lines="skip", encoding_errors="replace"
        )
        for chunk in chunks:
            chunk = chunk[pd.to_numeric(chunk["Confidence"], errors="coerce") == 1]
            row = known_images.get_indexer(chunk["ImageID"])
            column = known_codes.get_indexer(chunk["LabelName"])
            known = (row >= 0) & (column >= 0)
            rows.append(row[known])
            columns.append(column[known])
    except (ValueError, OSError) as error:
        raise SOURCE.damaged(table, f"it needs the columns {', '.join(wanted)} ({error})") from error
    return np.concatenate(rows), np.concatenate(columns)


def _places(name: str) -> list[str]:
    """Where a published file may lie, plain name first."""
    inner = ("", "annotations/", "metadata/", "labels/")
    return [f"{folder}{prefix}{name}" for folder in inner for prefix in ("", "oidv6-", "oidv7-")]
