"""NUS-WIDE, 81 concepts, in either of the two forms in use.

The published lists: ``ImageList/{Train,Test}Imagelist.txt``, ``Concepts81.txt`` and, one 0 or 1 per line of the
image list, ``Groundtruth/TrainTestLabels/Labels_<concept>_{Train,Test}.txt`` (or ``Groundtruth/AllLabels`` with
``ImageList/Imagelist.txt``). The form of the TResNet and asymmetric-loss work, which the paper uses:
``nus_wid_data.csv`` with the columns filepath, label (such as "['clouds', 'sky']") and split_name (train, val),
about 220,000 images, 70 to 30; where that file is there, it decides.

Pictures are in ``Flickr`` or ``images``. Many are gone from Flickr, so what is listed but not on disk is left
out, and so is, as usual, what has none of the 81 concepts.
"""

from collections.abc import Sequence
from pathlib import Path

from masw_core.data.labelled_images import LabelledImages
from masw_core.data.locate import Source, picture_files

import numpy as np

SOURCE = Source(
    "nuswide", "NUS-WIDE", "https://lms.comp.nus.edu.sg/wp-content/uploads/2019/research/nuswide/NUS-WIDE.html"
)
SPLITS = ("train", "test")
TABLES = ("nus_wid_data.csv", "nus_wide_data.csv")
CONCEPTS = ("Concepts81.txt", "ConceptsList/Concepts81.txt", "Groundtruth/Concepts81.txt")
NAMES_IN_TABLE = {"train": ("train",), "test": ("val", "test")}


def open_nuswide(split: str, root: str | Path | None = None, size: int | None = None) -> LabelledImages:
    """Open a split of NUS-WIDE.

    Args:
        split: "train" or "test" (called val in the CSV).
        root: folder with the lists or the CSV, and the pictures.
        size: height and width of the images in pixels; None: 224.
    Raises:
        DataError: unknown split, or a missing or unusable file, in one sentence.
    """
    SOURCE.choose(split, SPLITS)
    base = SOURCE.folder(root)
    table = SOURCE.find_or_none(base, *TABLES)
    if table is not None:
        labels, listed, rows, columns = _from_table(base, table, split)
    else:
        labels, listed, rows, columns = _from_lists(base, split)
    folder = SOURCE.find(base, "Flickr", "images", "Images", "flickr")
    files, here = _on_disk(folder, listed)
    if not here.any():
        raise SOURCE.damaged(folder, f"it holds none of the {len(listed)} pictures of the split {split!r}")
    kept = here[rows]
    return LabelledImages(SOURCE, split, labels, folder, files, rows[kept], columns[kept], size)


Parsed = tuple[list[str], list[str], np.ndarray, np.ndarray]  # labels, listed files, rows, columns


def _from_table(base: Path, table: Path, split: str) -> Parsed:
    """The CSV; the labels are those of Concepts81.txt or, without it, all that occur, sorted."""
    import pandas as pd

    columns_wanted = ["filepath", "label", "split_name"]
    try:
        frame = pd.read_csv(table, usecols=columns_wanted, dtype=str, on_bad_lines="skip", encoding_errors="replace")
    except (ValueError, OSError) as error:
        raise SOURCE.damaged(table, f"it needs the columns {', '.join(columns_wanted)} ({error})") from error
    frame = frame.dropna()
    tags = frame["label"].str.findall(r"[^\[\]'\",;]+").explode().str.strip()
    tags = tags[tags.notna() & (tags != "")]
    concepts = SOURCE.find_or_none(base, *CONCEPTS)
    labels = sorted(tags.unique()) if concepts is None else SOURCE.lines(concepts)
    mine = frame.index[frame["split_name"].str.strip().isin(NAMES_IN_TABLE[split])]
    columns = pd.Index(labels).get_indexer(tags)
    rows = mine.get_indexer(tags.index)
    known = (columns >= 0) & (rows >= 0)
    return labels, frame.loc[mine, "filepath"].tolist(), rows[known], columns[known]


def _from_lists(base: Path, split: str) -> Parsed:
    """The published lists: the split's own label files, or the label files of all images cut to the split."""
    labels = SOURCE.lines(SOURCE.find(base, *CONCEPTS))
    listed = _image_list(base, f"{split.capitalize()}Imagelist.txt")
    if (base / "Groundtruth" / "AllLabels").is_dir() and not (base / "Groundtruth" / "TrainTestLabels").is_dir():
        everything = _image_list(base, "Imagelist.txt")
        row_of = {file: row for row, file in enumerate(listed)}
        rows_of_all = np.array([row_of.get(file, -1) for file in everything])
        pattern = "Groundtruth/AllLabels/Labels_{}.txt"
    else:
        rows_of_all = np.arange(len(listed))
        pattern = "Groundtruth/TrainTestLabels/Labels_{}_" + split.capitalize() + ".txt"
    found = [
        rows_of_all[_ticked(SOURCE.find(base, pattern.format(label)), len(rows_of_all)) & (rows_of_all >= 0)]
        for label in labels
    ]
    columns = np.repeat(np.arange(len(labels)), [len(rows) for rows in found])
    return labels, listed, np.concatenate(found), columns


def _image_list(base: Path, name: str) -> list[str]:
    """Picture paths with forward slashes; the published lists have backslashes."""
    file = SOURCE.find(base, f"ImageList/{name}", f"Imagelist/{name}", name)
    return [line.replace("\\", "/") for line in SOURCE.lines(file)]


def _ticked(file: Path, count: int) -> np.ndarray:
    """The file's zeros and ones as bool; there has to be one per image."""
    try:
        characters = np.frombuffer(file.read_bytes(), dtype=np.uint8)
    except OSError as error:
        raise SOURCE.damaged(file, error.strerror or "it cannot be read") from error
    ticked = characters[(characters == ord("0")) | (characters == ord("1"))] == ord("1")
    if len(ticked) != count:
        raise SOURCE.damaged(file, f"it has {len(ticked)} entries and the image list {count}")
    return ticked


def _on_disk(folder: Path, listed: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """Where each listed picture is below the folder (empty where it is not), and which are there."""
    places = picture_files(folder)
    files = []
    for path in listed:
        inside = path.removeprefix("./").removeprefix(f"{folder.name}/")
        files.append(places.get(inside) or places.get(path.rpartition("/")[2]) or "")
    return files, np.array([bool(file) for file in files], dtype=bool)
