"""Paints a planned scene: background, distractors, objects, blur, noise.

All positions and sizes are fractions of the canvas, so the same plan gives the same picture at any canvas
size. Random numbers come from generators that the plan seeds; nothing here decides what a scene contains
(that is ``scenes.py``).
"""

import colorsys
import math
from collections.abc import Callable
from dataclasses import dataclass

from masw_core.data.atlas import Icon

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps

BASE_CANVAS = 160
"""Canvas in pixels at which blur and line widths are meant."""

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Placement:
    """Where and how one icon is drawn: centre, longer side (fractions), degrees, colour changes."""

    icon: Icon
    x: float
    y: float
    size: float
    angle: float
    mirrored: bool
    hue: int
    saturation: float
    value: float

    def box(self) -> tuple[float, float, float, float]:
        """The rectangle around the rotated icon: left, top, right, bottom, as fractions."""
        longer = max(self.icon.picture.size)
        width, height = (side / longer * self.size for side in self.icon.picture.size)
        cosine, sine = abs(math.cos(math.radians(self.angle))), abs(math.sin(math.radians(self.angle)))
        half_width = (width * cosine + height * sine) / 2
        half_height = (width * sine + height * cosine) / 2
        return self.x - half_width, self.y - half_height, self.x + half_width, self.y + half_height


@dataclass(frozen=True)
class Scene:
    """A planned scene: distractors are painted below the objects; ``seed`` feeds background and noise."""

    seed: tuple[int, ...]
    background: str
    distractors: tuple[Placement, ...]
    objects: tuple[Placement, ...]
    blur: float
    noise: float

    @property
    def labels(self) -> frozenset[str]:
        """The labels of everything that was placed."""
        return frozenset(label for placed in self.objects for label in placed.icon.labels)


def paint(scene: Scene, canvas: int = BASE_CANVAS) -> Image.Image:
    """The scene as an RGB picture of ``canvas`` x ``canvas`` pixels."""
    picture = BACKGROUNDS[scene.background](np.random.default_rng((*scene.seed, 1)), canvas)
    for placed in (*scene.distractors, *scene.objects):
        icon = _drawn(placed, canvas)
        corner = round(placed.x * canvas - icon.width / 2), round(placed.y * canvas - icon.height / 2)
        picture.paste(icon, corner, icon)
    if scene.blur > 0:
        picture = picture.filter(ImageFilter.GaussianBlur(scene.blur * canvas / BASE_CANVAS))
    return _with_noise(picture, scene.noise, np.random.default_rng((*scene.seed, 2)))


def _drawn(placed: Placement, canvas: int) -> Image.Image:
    """The icon scaled, recoloured, mirrored and rotated."""
    icon = placed.icon.picture
    scale = placed.size * canvas / max(icon.size)
    size = max(1, round(icon.width * scale)), max(1, round(icon.height * scale))
    icon = ImageOps.expand(icon.resize(size, Image.Resampling.BICUBIC), border=2)  # smooth rotated edges
    alpha = icon.getchannel("A")
    hue, saturation, value = icon.convert("RGB").convert("HSV").split()
    channels = (
        hue.point([(level + placed.hue) % 256 for level in range(256)]),
        saturation.point([min(255, round(level * placed.saturation)) for level in range(256)]),
        value.point([min(255, round(level * placed.value)) for level in range(256)]),
    )
    icon = Image.merge("HSV", channels).convert("RGB")
    icon.putalpha(alpha)
    if placed.mirrored:
        icon = icon.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return icon.rotate(placed.angle, Image.Resampling.BICUBIC, expand=True)


def _with_noise(picture: Image.Image, amount: float, rng: np.random.Generator) -> Image.Image:
    """Triangular noise of up to ``amount`` grey levels, in whole numbers (the same on every machine)."""
    pixels = np.asarray(picture)
    grain = rng.integers(0, 256, (2, *pixels.shape), dtype=np.uint8).astype(np.int16)
    shift = ((grain[0] - grain[1]) * round(amount * 16)) // (255 * 16)
    return Image.fromarray(np.clip(pixels + shift, 0, 255).astype(np.uint8))


def _colour(rng: np.random.Generator) -> Colour:
    hue, saturation, value = rng.random(), 0.05 + 0.6 * rng.random(), 0.35 + 0.65 * rng.random()
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, value)
    return round(255 * red), round(255 * green), round(255 * blue)


def _near(colour: Colour, rng: np.random.Generator, spread: int) -> Colour:
    red, green, blue = (int(np.clip(c + rng.integers(-spread, spread + 1), 0, 255)) for c in colour)
    return red, green, blue


def _blend(mix: np.ndarray, first: Colour, second: Colour) -> Image.Image:
    """Two colours mixed by an (H, W) array in [0, 1] (0: the first)."""
    start, end = np.array(first, float), np.array(second, float)
    return Image.fromarray((start + mix[..., None] * (end - start) + 0.5).astype(np.uint8))


def _along(rng: np.random.Generator, canvas: int) -> np.ndarray:
    """Distance of every pixel along a random direction, about -0.7 to 0.7."""
    angle = rng.random() * math.tau
    across = (np.arange(canvas) + 0.5) / canvas - 0.5
    return across[None, :] * math.cos(angle) + across[:, None] * math.sin(angle)


def _plain(rng: np.random.Generator, canvas: int) -> Image.Image:
    return Image.new("RGB", (canvas, canvas), _colour(rng))


def _gradient(rng: np.random.Generator, canvas: int) -> Image.Image:
    first, second = _colour(rng), _colour(rng)
    return _blend(np.clip(_along(rng, canvas) * 1.3 + 0.5, 0, 1), first, second)


def _sky_and_ground(rng: np.random.Generator, canvas: int) -> Image.Image:
    horizon = 0.35 + 0.4 * rng.random()
    sky, ground = _near((135, 190, 235), rng, 50), _near((120, 160, 90), rng, 60)
    height = np.repeat(((np.arange(canvas) + 0.5) / canvas)[:, None], canvas, axis=1)
    picture = _blend(np.clip(height / horizon, 0, 1), sky, _near((225, 235, 245), rng, 25))
    edge = round(horizon * canvas)
    depth = np.clip((height[edge:] - horizon) / (1 - horizon), 0, 1)
    picture.paste(_blend(depth, ground, _near(ground, rng, 40)), (0, edge))
    return picture


def _noise(rng: np.random.Generator, canvas: int) -> Image.Image:
    cells = int(rng.integers(4, 14))
    grid = np.array(_colour(rng)) + rng.integers(-60, 61, (cells, cells, 3))
    small = Image.fromarray(np.clip(grid, 0, 255).astype(np.uint8))
    return small.resize((canvas, canvas), Image.Resampling.BICUBIC)


def _stripes(rng: np.random.Generator, canvas: int) -> Image.Image:
    first = _colour(rng)
    second = _near(first, rng, 70)
    wide = 0.05 + 0.15 * rng.random()
    return _blend(np.floor(_along(rng, canvas) / wide) % 2, first, second)


def _checks(rng: np.random.Generator, canvas: int) -> Image.Image:
    first = _colour(rng)
    second = _near(first, rng, 70)
    cell = np.arange(canvas) * int(rng.integers(4, 11)) // canvas
    return _blend((cell[:, None] + cell[None, :]) % 2, first, second)


def _blobs(rng: np.random.Generator, canvas: int) -> Image.Image:
    return _dots(rng, canvas, count=int(rng.integers(6, 15)), smallest=0.06, largest=0.25, spread=60)


def _speckle(rng: np.random.Generator, canvas: int) -> Image.Image:
    return _dots(rng, canvas, count=int(rng.integers(60, 140)), smallest=0.006, largest=0.02, spread=90)


def _dots(
    rng: np.random.Generator, canvas: int, *, count: int, smallest: float, largest: float, spread: int
) -> Image.Image:
    base = _colour(rng)
    picture = Image.new("RGB", (canvas, canvas), base)
    draw = ImageDraw.Draw(picture)
    for x, y, r in rng.random((count, 3)).tolist():
        radius = (smallest + (largest - smallest) * r) * canvas
        box = (x * canvas - radius, y * canvas - radius, x * canvas + radius, y * canvas + radius)
        draw.ellipse(box, fill=_near(base, rng, spread))
    return picture


BACKGROUNDS: dict[str, Callable[[np.random.Generator, int], Image.Image]] = {
    "plain": _plain,
    "gradient": _gradient,
    "sky and ground": _sky_and_ground,
    "noise": _noise,
    "stripes": _stripes,
    "checks": _checks,
    "blobs": _blobs,
    "speckle": _speckle,
}
