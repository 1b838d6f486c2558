"""Pictures in and out: from untrusted files to model input, and from model input back to pictures.

``read_image`` is the only place where a file somebody sent is decoded. Everything after it works on plain RGB
pictures and on (3, H, W) tensors in [-1, 1], the space of every attack, or in [0, 1] for models that take those.
torch is imported only by the function that makes a tensor.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from masw_core.task.ranges import SIGNED, Range, is_signed

import numpy as np
from PIL import Image, UnidentifiedImageError

if TYPE_CHECKING:
    from torch import Tensor

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MAX_BYTES = 20_000_000
MAX_PIXELS = 40_000_000
MIN_SIDE = 8
BAND_PIXELS = 500_000  # of a picture that are converted at once

# What Pillow's decoders raise on a damaged file of the right kind.
_DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    AssertionError,  # a palette that is missing
    struct.error,
    zlib.error,
)
_ORIENTATION = 0x0112  # the EXIF tag
_TURN = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class ImageError(ValueError):
    """A file cannot be used as a picture; the message is one sentence that says why."""


def read_image(source: bytes | str | Path) -> Image.Image:
    """Decode a picture nobody vouches for: its first frame, upright, in RGB, transparency on white.

    source: the file's bytes or its path. PNG, JPEG, WebP, GIF, BMP and TIFF, told by content and not by name,
    up to 20 MB and 40 megapixels, at least 8 pixels on each side.

    Raises ``ImageError``.
    """
    data = source if isinstance(source, bytes) else _read_file(Path(source))
    _refuse_what_is_no_bitmap(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=FORMATS)  # reads the header only
    except UnidentifiedImageError:
        raise ImageError("this file is not a picture in PNG, JPEG, WebP, GIF, BMP or TIFF format") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImageError(f"the picture is too large: the limit is {MAX_PIXELS // 10**6} megapixels") from None
    except _DAMAGED as error:
        raise ImageError("the picture is damaged or cut off and cannot be read") from error
    _check_size(*picture.size)
    try:
        picture.load()
        return _rgb(_upright(picture))
    except _DAMAGED as error:
        raise ImageError("the picture is damaged or cut off and cannot be read") from error


def to_tensor(picture: Image.Image, input_size: tuple[int, int], input_range: Range = SIGNED) -> Tensor:
    """Picture -> float tensor (3, H, W) in ``input_range``: the whole picture is scaled, its sides independently.

    Nothing is cropped, so that every labelled object stays in view (the usual protocol of multi-label recognition).
    """
    import torch

    height, width = input_size
    whole = picture.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
    values = np.array(whole, dtype=np.float32).transpose(2, 0, 1)
    scaled = values / np.float32(127.5) - np.float32(1) if is_signed(input_range) else values / np.float32(255)
    return torch.from_numpy(np.ascontiguousarray(scaled))


def to_pil(image: Tensor, input_range: Range = SIGNED) -> Image.Image:
    """Tensor (3, H, W) in ``input_range`` -> RGB picture of the nearest 8-bit values; what lies outside is clipped."""
    if image.ndim != 3 or image.shape[0] != 3:
        raise ValueError(f"a picture needs a tensor of shape (3, H, W); got {tuple(image.shape)}")
    values = _levels(image.detach(), input_range).cpu().numpy().astype(np.uint8)
    return Image.fromarray(np.ascontiguousarray(values.transpose(1, 2, 0)))


def to_png(image: Tensor, input_range: Range = SIGNED) -> bytes:
    """Tensor (3, H, W) in ``input_range`` -> the bytes of a PNG file."""
    file = io.BytesIO()
    to_pil(image, input_range).save(file, "PNG")
    return file.getvalue()


def round_8bit(image: Tensor, input_range: Range = SIGNED) -> Tensor:
    """The image that is left after saving it as PNG and reading it again; same shape, in ``input_range``."""
    levels = _levels(image, input_range)
    return levels / 127.5 - 1 if is_signed(input_range) else levels / 255


def _levels(image: Tensor, input_range: Range) -> Tensor:
    scaled = (image + 1) * 127.5 if is_signed(input_range) else image * 255
    return scaled.round().clamp(0, 255)


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ImageError(f"there is no file {path}") from None
    except OSError as error:
        raise ImageError(f"{path} cannot be read: {error.strerror}") from None


def _refuse_what_is_no_bitmap(data: bytes) -> None:
    if not data:
        raise ImageError("the file is empty")
    if len(data) > MAX_BYTES:
        raise ImageError(f"the file is too large: the limit is {MAX_BYTES // 10**6} MB")
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(b"%pdf"):
        raise ImageError("this is a PDF; export the picture as PNG or JPEG first")
    if head.startswith((b"<svg", b"<?xml", b"<!doctype svg")):
        raise ImageError("this is a vector drawing (SVG); export it as PNG first")
    if head[4:8] == b"ftyp":
        raise ImageError("HEIC, AVIF and video files are not read; save the picture as PNG or JPEG first")


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise ImageError(
            f"the picture is too large: {width} x {height} pixels, the limit is {MAX_PIXELS // 10**6} megapixels"
        )
    if min(width, height) < MIN_SIDE:
        raise ImageError(f"the picture is too small: {width} x {height} pixels, each side needs at least {MIN_SIDE}")


def _upright(picture: Image.Image) -> Image.Image:
    """Turn a photo the way its camera was held; a damaged EXIF block is no reason to refuse the photo."""
    try:
        turn = _TURN.get(picture.getexif().get(_ORIENTATION, 1))
    except _DAMAGED:
        turn = None
    return picture if turn is None else picture.transpose(turn)


def _rgb(picture: Image.Image) -> Image.Image:
    """In RGB, a band of rows after the other: what a band needs in between is small however large the picture."""
    convert: Callable[[Image.Image], Image.Image]
    if picture.mode.startswith("I") or picture.mode == "F":
        low, high = _finite_range(picture)
        convert = partial(_eight_bits, low=low, high=high)
    elif picture.has_transparency_data:
        convert = _on_white
    else:
        return picture.convert("RGB")
    whole = Image.new("RGB", picture.size)
    for band in _bands(picture.size):
        whole.paste(convert(picture.crop(band)), band)
    return whole


def _bands(size: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    """Boxes of whole rows, together the picture."""
    width, height = size
    rows = max(BAND_PIXELS // width, 1)
    for top in range(0, height, rows):
        yield 0, top, width, min(top + rows, height)


def _on_white(band: Image.Image) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", band.size, "white"), band.convert("RGBA")).convert("RGB")


def _finite_range(picture: Image.Image) -> tuple[float, float]:
    """The smallest and the largest value of a grey picture; what is not finite counts as 0.

    Of sixteen bits it is not looked for, since their scale does not depend on it.
    """
    if picture.mode.startswith("I;16"):
        return 0.0, 65535.0
    ends = [(values.min(), values.max()) for values in map(_values, map(picture.crop, _bands(picture.size)))]
    return float(min(low for low, _ in ends)), float(max(high for _, high in ends))


def _values(band: Image.Image) -> np.ndarray:
    return np.nan_to_num(np.asarray(band).astype(np.float64), posinf=0, neginf=0)


def _eight_bits(band: Image.Image, low: float, high: float) -> Image.Image:
    """Grey values of 16 or 32 bits or floats on the scale 0 to 255; ``low``, ``high``: the range of the whole picture.

    Sixteen-bit files use the full range by definition. Floats count as 0 to 1, or as 0 to 255 if they go
    beyond; where neither can be meant, and for larger integers, the range that occurs is stretched.
    """
    tops = (1.0, 255.0) if band.mode == "F" else (65535.0,)
    top = next((top for top in tops if low >= 0 and high <= top), None)
    values = _values(band)
    if top is None:
        values, top = values - low, max(high - low, 1e-12)
    return Image.fromarray(np.round(values / top * 255).astype(np.uint8)).convert("RGB")
