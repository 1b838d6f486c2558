"""PASCAL VOC 2012: the layout of ``VOCtrainval_11-May-2012.tar``.

``root`` is the folder that holds ``VOCdevkit``, or ``VOCdevkit`` or ``VOC2012`` itself. Labels come from
``ImageSets/Main/<label>_<split>.txt`` or, where those lists are not there, from ``Annotations/*.xml``.

An object marked "difficult" does not make its label true: VOC's own evaluation disregards it and nobody
expects a tagger to see it. An image with difficult objects only is left out, as one without objects. The
paper's 5,717 training and 5,823 validation images are the splits "train" and "val".
"""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from masw_core.data.labelled_images import LabelledImages
from masw_core.data.locate import Source
from masw_core.models.voc import VOC_LABELS

import numpy as np

SOURCE = Source("voc2012", "PASCAL VOC 2012", "http://host.robots.ox.ac.uk/pascal/VOC/voc2012/")
SPLITS = ("train", "val", "trainval")
PRESENT = "1"  # the lists say 1 (there), 0 (difficult objects only) or -1 (not there)


def open_voc2012(split: str, root: str | Path | None = None, size: int | None = None) -> LabelledImages:
    """Open a split of VOC 2012.

    Args:
        split: "train", "val" or "trainval" (the labels of the test images are not public).
        root: folder with ``VOCdevkit/VOC2012``.
        size: height and width of the images in pixels; None: 224.
    Raises:
        DataError: unknown split, or a missing or unusable file, in one sentence.
    """
    SOURCE.choose(split, SPLITS)
    base = SOURCE.folder(root)
    image_list = f"ImageSets/Main/{split}.txt"
    nested = [f"{inner}{image_list}" for inner in ("VOCdevkit/VOC2012/", "VOC2012/", "")]
    home = SOURCE.find(base, *nested).parents[2]
    images = list(dict.fromkeys(line.split()[0] for line in SOURCE.lines(home / image_list)))
    lists = [home / "ImageSets" / "Main" / f"{label}_{split}.txt" for label in VOC_LABELS]
    annotated = not any(file.exists() for file in lists) and (home / "Annotations").is_dir()
    pairs = _from_annotations(home / "Annotations", images) if annotated else _from_lists(home, lists, images)
    rows, columns = np.array(list(pairs), dtype=np.int64).reshape(-1, 2).T
    files = [f"{image}.jpg" for image in images]
    return LabelledImages(SOURCE, split, VOC_LABELS, home / "JPEGImages", files, rows, columns, size)


def _from_lists(home: Path, lists: list[Path], images: list[str]) -> Iterator[tuple[int, int]]:
    """(image, label) wherever a label's list says so; lines that say nothing are passed over."""
    row_of = {image: row for row, image in enumerate(images)}
    for column, file in enumerate(lists):
        for line in SOURCE.lines(SOURCE.find(home, str(file.relative_to(home)))):
            image, *state = line.split()
            if state == [PRESENT] and image in row_of:
                yield row_of[image], column


def _from_annotations(folder: Path, images: list[str]) -> Iterator[tuple[int, int]]:
    """(image, label) of every object that is not difficult; parts and unknown names are passed over."""
    column_of = {label: column for column, label in enumerate(VOC_LABELS)}
    for row, image in enumerate(images):
        file = SOURCE.find(folder, f"{image}.xml")
        try:
            objects = ElementTree.parse(file).getroot().findall("object")
        except (ElementTree.ParseError, OSError, UnicodeDecodeError) as error:
            raise SOURCE.damaged(file, f"it is no annotation in XML ({error})") from error
        for one in objects:
            column = column_of.get((one.findtext("name") or "").strip())
            if column is not None and (one.findtext("difficult") or "0").strip() != "1":
                yield row, column
