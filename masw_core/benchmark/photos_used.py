"""Which photos a sweep used, by the names of their files, so that whoever has the data set can repeat it.

``samples.csv`` numbers the images by their place in the split as it was opened; ``photos.csv`` says which file that
was. COCO's and VOC's file names hold the official ids. The photos themselves are never copied.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from masw_core.benchmark.cell import Cell, Protocol
from masw_core.benchmark.protocol import opened
from masw_core.benchmark.universal_cell import training_images
from masw_core.data import dataset_info

import pandas as pd

COLUMNS = ("dataset", "split", "image", "file")


def write_photos(folder: Path, protocol: Protocol, cells: Iterable[Cell]) -> None:
    """Write ``photos.csv`` beside the ``samples.csv`` of a folder; nothing where no data set has files.

    Args:
        folder: where a sweep was written.
        protocol: of the sweep: its split and root.
        cells: of the sweep; universal ones also list the photos of the training split that they worked on.
    """
    used = set()
    samples = pd.read_csv(folder / "samples.csv", usecols=["dataset", "image"])
    for dataset, image in samples.drop_duplicates().itertuples(index=False):
        used.add((dataset, protocol.split or dataset_info(dataset).evaluation_split, image))
    for cell in {(cell.dataset, cell.model, cell.seed): cell for cell in cells if cell.case == "universal"}.values():
        if dataset_info(cell.dataset).needs_root:
            used |= {(cell.dataset, "train", int(image)) for image in training_images(cell, protocol).index}
    rows = [row for row in sorted(used) if dataset_info(row[0]).needs_root]
    if not rows:
        return
    with (folder / "photos.csv").open("w", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(COLUMNS)
        for dataset, split, image in rows:
            writer.writerow((dataset, split, image, opened(dataset, split, None, protocol.root).file(image).name))
