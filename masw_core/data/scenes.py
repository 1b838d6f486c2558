"""The embedded data set "scenes": synthetic pictures of the 20 VOC labels, made from the icon atlas.

A scene holds one to four objects at random places, scales, rotations and colours, overlapping by at most a
quarter, on one of eight kinds of background, with up to two distractors, a little blur and noise. A scene
is a pure function of (split, index): the same on every machine and in every process. Splits differ by
seed; "unseen" shows only the held-out icons, which the other splits never show. This file plans scenes;
``scene_painting.py`` paints them.
"""

from collections import defaultdict
from functools import lru_cache

from masw_core.data.atlas import Icon, load_atlas
from masw_core.data.scene_painting import BACKGROUNDS, BASE_CANVAS, Placement, Scene, paint
from masw_core.models.voc import VOC_LABELS

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset

SPLITS = {"train": (101, 24_000), "tune": (202, 2_000), "test": (303, 2_000), "unseen": (404, 1_000)}
"""Seed and number of scenes of every split."""

LARGEST_OVERLAP = 0.25
OBJECT_COUNTS = (0.15, 0.35, 0.35, 0.15)
DISTRACTOR_COUNTS = (0.5, 0.3, 0.2)
SIZES = {1: (0.40, 0.75), 2: (0.34, 0.58), 3: (0.30, 0.48), 4: (0.27, 0.42)}
"""Longer side of an object as a fraction of the canvas, by the number of objects."""

DISTRACTOR_SIZES = (0.14, 0.28)
LABEL_WEIGHTS = {"person": 0.6, "bird": 1.4, "bottle": 1.4, "chair": 1.3}
"""How often a label is drawn (1 where nothing is said): people also come with bicycles, boats, horses;
birds, bottles and chairs are the hardest to learn."""

LIVING = frozenset({"bird", "cat", "cow", "dog", "horse", "person", "pottedplant", "sheep"})
"""Labels whose hue changes little; everything else comes in any colour."""


class SceneDataset(Dataset[tuple[Tensor, Tensor]]):
    """One split of the scenes.

    Items are ``(image, labels)``: a float tensor (3, size, size) in [-1, 1] and a bool tensor (20,).

    Args:
        split: "train", "tune", "test" or "unseen".
        size: height and width of the images in pixels.
    Raises:
        ValueError: unknown split.
    """

    labels = VOC_LABELS

    def __init__(self, split: str, size: int = 128) -> None:
        if split not in SPLITS:
            raise ValueError(f"The scenes have the splits {', '.join(SPLITS)}, not {split!r}.")
        self.split = split
        self.size = size
        self.seed, self._length = SPLITS[split]

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        pixels, present = self.pixels(index)
        image = torch.from_numpy(pixels).permute(2, 0, 1).float().div_(127.5).sub_(1)
        return image, torch.from_numpy(present)

    def present(self, index: int) -> np.ndarray:
        """The labels of an item as (20,) bool, without painting it."""
        shown = self.plan(index).labels
        return np.array([label in shown for label in VOC_LABELS])

    def pixels(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """The image as (size, size, 3) uint8 and the labels as (20,) bool."""
        scene = self.plan(index)
        picture = paint(scene, max(BASE_CANVAS, self.size * 5 // 4))
        picture = picture.resize((self.size, self.size), Image.Resampling.BICUBIC)
        return np.array(picture), np.array([label in scene.labels for label in VOC_LABELS])

    def plan(self, index: int) -> Scene:
        """What the scene shows and where, before it is painted."""
        if not 0 <= index < self._length:
            raise IndexError(f"The split {self.split!r} has scenes 0 to {self._length - 1}, not {index}.")
        return plan_scene((self.seed, index), held_out=self.split == "unseen")


def plan_scene(seed: tuple[int, ...], held_out: bool = False) -> Scene:
    """Choose the contents of one scene; ``held_out`` takes the icons that only "unseen" shows."""
    rng = np.random.default_rng(seed)
    count = 1 + int(rng.choice(len(OBJECT_COUNTS), p=OBJECT_COUNTS))
    distractor_count = int(rng.choice(len(DISTRACTOR_COUNTS), p=DISTRACTOR_COUNTS))
    objects: list[Placement] = []
    for label in rng.choice(VOC_LABELS, count, replace=False, p=_label_probabilities()):
        placed = _place(_choose_icon(str(label), rng, held_out), SIZES[count], objects, rng)
        if placed is not None:
            objects.append(placed)
    distractors: list[Placement] = []
    for _ in range(distractor_count):
        pool = _pools(held_out)[()]
        icon = pool[int(rng.integers(len(pool)))]
        placed = _place(icon, DISTRACTOR_SIZES, objects + distractors, rng)
        if placed is not None:
            distractors.append(placed)
    return Scene(
        seed=seed,
        background=list(BACKGROUNDS)[int(rng.integers(len(BACKGROUNDS)))],
        distractors=tuple(distractors),
        objects=tuple(objects),
        blur=max(0.0, -0.4 + rng.random()),
        noise=12 * rng.random(),
    )


@lru_cache(maxsize=2)
def _pools(held_out: bool) -> dict[tuple[str, ...], list[Icon]]:
    """The icons of one side of the hold-out by the labels they show."""
    pools: dict[tuple[str, ...], list[Icon]] = defaultdict(list)
    for icon in load_atlas():
        if icon.held_out == held_out:
            pools[icon.labels].append(icon)
    return pools


@lru_cache(maxsize=1)
def _label_probabilities() -> np.ndarray:
    weights = np.array([LABEL_WEIGHTS.get(label, 1.0) for label in VOC_LABELS])
    return weights / weights.sum()


def _choose_icon(label: str, rng: np.random.Generator, held_out: bool) -> Icon:
    """An icon of the label; now and then one that shows a second label too (a cyclist, a rower)."""
    pools = _pools(held_out)
    alone = pools[(label,)]
    pairs = [icon for labels, icons in pools.items() if labels[:1] == (label,) and labels[1:] for icon in icons]
    pool = pairs if pairs and rng.random() < min(0.25, 0.1 * len(pairs)) else alone
    return pool[int(rng.integers(len(pool)))]


def _place(
    icon: Icon, sizes: tuple[float, float], others: list[Placement], rng: np.random.Generator
) -> Placement | None:
    """A random placement that overlaps no other by more than a quarter; None where there is no room."""
    smallest, largest = sizes
    size = smallest + (largest - smallest) * rng.random()
    angle = 22 * (rng.random() + rng.random() - 1) * (2 if "aeroplane" in icon.labels else 1)
    any_hue = not LIVING & set(icon.labels) and rng.random() < 0.5
    hue = int(rng.integers(256) if any_hue else rng.integers(-9, 10))
    mirrored = bool(rng.random() < 0.5)
    saturation, value = 0.75 + 0.45 * rng.random(), 0.8 + 0.35 * rng.random()
    for attempt in range(48):
        shrunk = size * 0.85 ** (attempt // 16)
        centred = Placement(icon, 0.5, 0.5, shrunk, angle, mirrored, hue, saturation, value)
        left, top, right, bottom = centred.box()
        free_x, free_y = max(0.0, 1 - (right - left)), max(0.0, 1 - (bottom - top))
        x, y = 0.5 + free_x * (rng.random() - 0.5), 0.5 + free_y * (rng.random() - 0.5)
        placed = Placement(icon, x, y, shrunk, angle, mirrored, hue, saturation, value)
        if all(overlap(placed, other) <= LARGEST_OVERLAP for other in others):
            return placed
    return None


def overlap(first: Placement, second: Placement) -> float:
    """The shared part of two placements' rectangles, as a fraction of the smaller one."""
    a, b = first.box(), second.box()
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
