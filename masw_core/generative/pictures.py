"""Pictures to train and to judge a generator on: drawn scenes, or a folder of one's own."""

from __future__ import annotations

from pathlib import Path

from masw_core.data.images import FORMATS, ImageError, read_image, to_tensor
from masw_core.models import MultiLabelModel
from masw_core.task.targets import predicted_labels
from masw_core.training.rendered import Rendered, render

import torch
from torch import Tensor

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"}
LEAST = 10


def train_scenes(count: int) -> Tensor:
    """(count, 3, 128, 128) uint8: the first scenes of the training split."""
    return _pixels(render("train", count))


def tune_scenes(model: MultiLabelModel, count: int) -> tuple[Tensor, Tensor]:
    """The first ``count`` tune scenes that the model tags exactly right: images in [-1, 1] and labels (N, C).

    Looks at four times as many scenes at most, so there can be fewer, or none.
    """
    rendered = render("tune", 4 * count)
    images, true = _pixels(rendered).float() / 127.5 - 1, torch.from_numpy(rendered.labels)
    with torch.no_grad():
        scores = torch.cat([model(part) for part in images.split(25)])
    right = ((scores >= 0) == true).all(1)
    return images[right][:count], true[right][:count]


def folder_pictures(folder: Path, size: tuple[int, int]) -> Tensor:
    """(N, 3, H, W) uint8: every picture directly in a folder, by name, cropped and scaled to (H, W).

    Raises:
        ValueError: no folder, fewer than ten pictures, or a picture that cannot be read (named).
    """
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}: --images names a folder with pictures of your own.")
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES)
    if len(files) < LEAST:
        raise ValueError(f"{folder} holds {len(files)} pictures ({', '.join(FORMATS)}): put at least {LEAST} there.")
    return torch.stack([_read(file, size) for file in files])


def own_pictures(model: MultiLabelModel, pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Pictures with unknown labels, judged against what the model says of them: images in [-1, 1], labels (N, C)."""
    images = pixels.float() / 127.5 - 1
    with torch.no_grad():
        return images, predicted_labels(torch.cat([model(part) for part in images.split(25)]))


def _read(file: Path, size: tuple[int, int]) -> Tensor:
    try:
        picture = read_image(file)
    except ImageError as error:
        raise ValueError(f"{file}: {error}") from error
    return ((to_tensor(picture, size) + 1) * 127.5).round().to(torch.uint8)


def _pixels(rendered: Rendered) -> Tensor:
    return torch.from_numpy(rendered.pixels).permute(0, 3, 1, 2).contiguous()
