"""Pictures from strangers: whatever is in the file, there is a plain RGB picture or one clear sentence."""

import contextlib
import io
import random
import struct
import zlib
from pathlib import Path

from masw_core.data import images
from masw_core.data.images import ImageError, read_image, round_8bit, to_pil, to_png, to_tensor

import numpy as np
import pytest
import torch
from PIL import Image


def gradient(width: int = 40, height: int = 30) -> Image.Image:
    y, x = np.mgrid[:height, :width]
    levels = np.stack([x * 255 // width, y * 255 // height, (x + y) * 255 // (width + height)], axis=-1)
    return Image.fromarray(levels.astype(np.uint8))


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def png_header(width: int, height: int, rows: bytes = b"") -> bytes:
    """A PNG that claims any size and brings hardly any data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("kind", images.FORMATS)
def test_every_allowed_format_is_read_by_content_not_by_name(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "picture.txt"
    file.write_bytes(saved(gradient(), kind))
    for source in (file, str(file), file.read_bytes()):
        picture = read_image(source)
        assert (picture.mode, picture.size) == ("RGB", (40, 30))


@pytest.mark.parametrize("kind", ["ICO", "PPM", "TGA", "PCX", "EPS", "JPEG2000"])
def test_other_formats_are_refused(kind: str) -> None:
    with pytest.raises(ImageError, match="not a picture in PNG, JPEG"):
        read_image(saved(gradient(32, 32), kind))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty"),
        (b"hello, this is text", "not a picture"),
        (b"%PDF-1.7\n1 0 obj", "PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><svg/>", "SVG"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "HEIC"),
        (b"PK\x03\x04 a zip", "not a picture"),
        (b"\x89PNG\r\n\x1a\n", "not a picture|damaged"),
        (b"\xff\xd8\xff\xe0", "not a picture|damaged"),
    ],
)
def test_what_is_no_picture_is_named(data: bytes, sentence: str) -> None:
    with pytest.raises(ImageError, match=sentence):
        read_image(data)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="there is no file"):
        read_image(tmp_path / "nothing.png")
    with pytest.raises(ImageError, match="cannot be read"):
        read_image(tmp_path)


def test_a_huge_file_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    file = tmp_path / "huge.png"
    with file.open("wb") as sparse:
        sparse.truncate(images.MAX_BYTES + 1)
    for source in (file, bytes(images.MAX_BYTES + 1)):
        with pytest.raises(ImageError, match="limit is 20 MB"):
            read_image(source)


@pytest.mark.parametrize("size", [(7000, 7000), (12_000, 9_000), (100_000, 100_000), (2**31 - 1, 2)])
@pytest.mark.filterwarnings("error")
def test_decompression_bombs_are_refused_from_the_header(size: tuple[int, int]) -> None:
    with pytest.raises(ImageError, match="limit is 40 megapixels"):
        read_image(png_header(*size))


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (300, 7)])
def test_tiny_pictures_are_refused_with_their_size(size: tuple[int, int]) -> None:
    with pytest.raises(ImageError, match=f"too small: {size[0]} x {size[1]} pixels"):
        read_image(saved(Image.new("RGB", size), "PNG"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF"])
def test_cut_off_pictures_are_refused(kind: str) -> None:
    data = saved(gradient(200, 150), kind)
    with pytest.raises(ImageError, match="damaged or cut off"):
        read_image(data[: len(data) // 2])


def test_a_png_that_lies_about_its_size_is_refused() -> None:
    with pytest.raises(ImageError, match="damaged or cut off"):
        read_image(png_header(64, 64, b"\0" * 100))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_an_animation_the_first_frame_is_taken(kind: str) -> None:
    red, blue = Image.new("RGB", (16, 16), "red"), Image.new("RGB", (16, 16), "blue")
    options = {"lossless": True} if kind == "WEBP" else {}
    data = saved(red, kind, save_all=True, append_images=[blue], **options)
    assert read_image(data).getpixel((8, 8)) == (255, 0, 0)


@pytest.mark.parametrize(("turn", "corner"), [(1, (0, 0)), (3, (39, 29)), (6, (29, 0)), (8, (0, 39))])
def test_photos_are_turned_upright(turn: int, corner: tuple[int, int]) -> None:
    picture = Image.new("RGB", (40, 30), "black")
    picture.paste("white", (0, 0, 8, 8))  # top left in the file
    exif = Image.Exif()
    exif[0x0112] = turn
    upright = read_image(saved(picture, "PNG", exif=exif))
    assert upright.size == ((40, 30) if turn in (1, 3) else (30, 40))
    assert upright.getpixel(corner) == (255, 255, 255)


def test_a_broken_exif_block_does_not_cost_the_photo() -> None:
    data = saved(gradient(), "JPEG", exif=b"Exif\x00\x00II*\x00" + b"\xff" * 40)
    assert read_image(data).size == (40, 30)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_laid_on_white(mode: str) -> None:
    picture = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (0, 0, 8, 16))
    read = read_image(saved(picture.convert(mode), "PNG"))
    assert read.getpixel((2, 8)) == (0, 0, 0)
    assert read.getpixel((12, 8)) == (255, 255, 255)


def test_the_transparent_colour_of_a_palette_or_plain_png_counts() -> None:
    palette = Image.new("P", (16, 16), 1)
    palette.putpalette([255, 0, 0, 0, 255, 0])
    assert read_image(saved(palette, "PNG", transparency=1)).getpixel((8, 8)) == (255, 255, 255)
    plain = Image.new("RGB", (16, 16), (10, 20, 30))
    assert read_image(saved(plain, "PNG", transparency=(10, 20, 30))).getpixel((8, 8)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("mode", "kind"), [("1", "PNG"), ("L", "PNG"), ("P", "GIF"), ("CMYK", "JPEG"), ("CMYK", "TIFF")]
)
def test_other_modes_become_rgb_and_keep_their_look(mode: str, kind: str) -> None:
    picture = Image.new("RGB", (32, 32), "white")
    picture.paste("black", (0, 0, 16, 32))
    read = np.asarray(read_image(saved(picture.convert(mode), kind)), dtype=int)
    assert read[:, 2:12].max() < 60
    assert read[:, 20:30].min() > 200


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_greys_keep_their_scale(kind: str) -> None:
    values = np.linspace(0, 65535, 16 * 16).reshape(16, 16).astype(np.uint16)
    read = np.asarray(read_image(saved(Image.fromarray(values), kind)))
    np.testing.assert_allclose(read[..., 0], values / 257, atol=0.51)


@pytest.mark.parametrize(("top", "shift"), [(1.0, 0.0), (255.0, 0.0), (4000.0, -1000.0)])
def test_float_pictures_are_scaled_by_their_range(top: float, shift: float) -> None:
    unit = np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)
    values = unit * np.float32(top) + np.float32(shift)
    values[0, 1] = np.nan if shift == 0 else values[0, 1]
    read = np.asarray(read_image(saved(Image.fromarray(values), "TIFF")))[..., 0]
    np.testing.assert_allclose(read[1:], unit[1:] * 255, atol=0.51)


def test_32_bit_integers_are_scaled() -> None:
    values = np.linspace(-70_000, 70_000, 256, dtype=np.int32).reshape(16, 16)
    read = np.asarray(read_image(saved(Image.fromarray(values), "TIFF")))[..., 0]
    assert (read.min(), read.max()) == (0, 255)


@pytest.mark.filterwarnings("ignore")
def test_damaged_bytes_never_escape_as_another_error() -> None:
    dice = random.Random(0)
    originals = [saved(gradient(), kind) for kind in images.FORMATS]
    for _ in range(600):
        data = bytearray(dice.choice(originals))
        for _ in range(dice.choice((1, 3, 12))):
            data[int(dice.random() ** 2 * len(data))] = dice.randrange(256)
        with contextlib.suppress(ImageError):
            assert read_image(bytes(data)).mode == "RGB"


def test_tensors_lie_in_minus_one_to_one() -> None:
    picture = Image.new("RGB", (60, 20), "black")
    picture.paste("white", (20, 0, 40, 20))
    x = to_tensor(picture, (10, 12))
    assert (x.shape, x.dtype) == ((3, 10, 12), torch.float32)
    assert x[:, :, 5:7].eq(1).all()
    assert x[:, :, [0, 1, -2, -1]].eq(-1).all()
    assert to_tensor(picture, (10, 30)).shape == (3, 10, 30)
    assert to_tensor(Image.new("RGB", (9, 9), "black"), (16, 16)).eq(-1).all()


def test_extreme_shapes_become_squares() -> None:
    assert to_tensor(Image.new("RGB", (1_000_000, 8)), (128, 128)).shape == (3, 128, 128)


@pytest.mark.parametrize("size", [(400, 100), (100, 400), (90, 90)])
def test_nothing_is_cut_off_at_the_sides(size: tuple[int, int]) -> None:
    """A wide photo shows people at its ends: both ends reach the model."""
    picture = Image.new("RGB", size, "black")
    picture.paste("white", (0, 0, size[0] // 10, size[1]))
    picture.paste("white", (size[0] - size[0] // 10, 0, size[0], size[1]))
    x = to_tensor(picture, (60, 60))
    assert x[:, :, :5].gt(0.9).all()
    assert x[:, :, -5:].gt(0.9).all()
    assert x[:, :, 10:50].lt(-0.9).all()


def test_eight_bit_pictures_survive_the_round_trip_exactly() -> None:
    picture = gradient(64, 48)
    x = to_tensor(picture, (48, 64))
    assert to_pil(x).tobytes() == picture.tobytes()
    assert torch.equal(round_8bit(x), x)


def test_round_8bit_is_what_saving_does() -> None:
    torch.manual_seed(0)
    x = torch.rand(3, 20, 30) * 2.4 - 1.2
    again = to_tensor(read_image(to_png(x)), (20, 30))
    assert torch.equal(round_8bit(x), again)
    batch = torch.stack([x, x])
    assert torch.equal(round_8bit(batch)[1], again)
    assert (round_8bit(x.clamp(-1, 1)) - x.clamp(-1, 1)).abs().max() <= 1 / 255 + 1e-6


@pytest.mark.parametrize("shape", [(20, 30), (1, 20, 30), (1, 3, 20, 30)])
def test_only_single_colour_images_become_pictures(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"\(3, H, W\)"):
        to_pil(torch.zeros(shape))
