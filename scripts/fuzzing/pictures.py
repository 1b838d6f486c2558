"""Hostile pictures: valid files of every format, with damage to their bytes and to their chunks, segments and tags."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache
from random import Random
from typing import Any

from masw_core.data.images import ImageError, read_image, to_tensor
from scripts.fuzzing.damage import BOUNDARIES, damaged
from scripts.fuzzing.reader import Reader

import numpy as np
from PIL import Image

SIDES = (0, 1, 7, 8, 64, 1000, 6000, 6320, 20_000, 65_535, 2**31 - 1, 2**32 - 1)
LARGEST = (
    ("F", "TIFF"),
    ("I", "TIFF"),
    ("I;16", "PNG"),
    ("RGBA", "PNG"),
    ("LA", "PNG"),
    ("P", "GIF"),
    ("CMYK", "TIFF"),
)
OTHERS = (
    b"",
    b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
    b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]><svg>&y;</svg>",
    b"%PDF-1.7\n",
    b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(x) run\n",
    b"PK\x03\x04",
    b"GIF89a",
    b"RIFF\xff\xff\xff\xffWEBPVP8X",
    b"P6 99999 99999 255\n",
    b"\x00\x00\x00\x18ftypavif",
    b"\x1f\x8b\x08",
    b"II*\x00\x08\x00\x00\x00",
    b"BM" + b"\xff" * 60,
)


@cache
def valid() -> tuple[tuple[str, bytes], ...]:
    """Pictures of every format and of the kinds that are decoded in their own way."""
    y, x = np.mgrid[:48, :64]
    levels = np.stack([x * 4, y * 5, (x * y) % 256], axis=-1).astype(np.uint8)
    plain = Image.fromarray(levels)
    grey16 = Image.fromarray((x * 1000).astype(np.uint16))
    real = Image.fromarray((x / 64).astype(np.float32))
    clear = plain.convert("RGBA")
    clear.putalpha(128)
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a picture"
    many: dict[str, Any] = {"save_all": True, "append_images": [plain.rotate(90)]}
    kinds: list[tuple[Image.Image, str, dict[str, Any]]] = [
        (plain, "PNG", {}),
        (clear, "PNG", {"exif": exif}),
        (grey16, "PNG", {}),
        (plain.convert("P"), "PNG", {"transparency": 3}),
        (plain, "PNG", many),
        (plain, "JPEG", {"exif": exif}),
        (plain, "JPEG", {"progressive": True}),
        (plain.convert("CMYK"), "JPEG", {}),
        (plain, "WEBP", {"exif": exif}),
        (clear, "WEBP", {"lossless": True}),
        (plain, "WEBP", many),
        (plain, "GIF", many),
        (plain, "BMP", {}),
        (plain.convert("P"), "BMP", {}),
        (plain, "TIFF", {}),
        (plain, "TIFF", {"compression": "tiff_lzw"}),
        (plain, "TIFF", {"compression": "jpeg"}),
        (real, "TIFF", {"compression": "tiff_adobe_deflate"}),
        (grey16, "TIFF", {}),
        (plain.convert("1"), "TIFF", {"compression": "group4"}),
    ]
    files = []
    for picture, kind, options in kinds:
        file = io.BytesIO()
        picture.save(file, kind, **options)
        files.append((kind, file.getvalue()))
    return tuple(files)


@cache
def largest(kind: tuple[str, str]) -> bytes:
    """As many pixels as are allowed, in a file of a few hundred kilobytes."""
    file = io.BytesIO()
    options = {"compression": "tiff_adobe_deflate"} if kind[1] == "TIFF" else {}
    Image.new(kind[0], (6320, 6320)).save(file, kind[1], **options)
    return file.getvalue()


def hostile(dice: Random) -> bytes:
    """A picture that was damaged, most of them in a way that their format knows."""
    if dice.random() < 0.03:
        return dice.choice(OTHERS) + dice.randbytes(dice.choice((0, 30)))
    if dice.random() < 0.005:
        return largest(dice.choice(LARGEST))
    kind, data = dice.choice(valid())
    if dice.random() < 0.5 and kind in _FORMATS:
        data = _FORMATS[kind](data, dice)
        if dice.random() < 0.6:
            return data
    return damaged(data, dice)


def _png(data: bytes, dice: Random) -> bytes:
    """Chunks dropped, moved, doubled, of another size or content, with sums that are right again."""
    chunks, at = [], 8
    while at + 8 <= len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += 12 + size
    index, way = dice.randrange(len(chunks)), dice.randrange(6)
    kind, body = chunks[index]
    if way == 0:
        del chunks[index]
    elif way == 1:
        chunks.insert(dice.randrange(len(chunks)), (kind, body))
    elif way == 2:
        chunks[index] = (kind, damaged(body, dice))
    elif way == 3:
        header = bytearray(chunks[0][1])
        header[:8] = struct.pack(">II", dice.choice(SIDES), dice.choice(SIDES))
        header[8:13] = bytes((dice.choice((1, 8, 16, 3)), dice.choice((0, 2, 3, 4, 6, 9)), 0, 0, dice.choice((0, 1))))
        chunks[0] = (b"IHDR", bytes(header))
    else:
        packed = _bomb()
        chunks.insert(1, dice.choice(((b"zTXt", b"a\0\0" + packed), (b"iCCP", b"a\0\0" + packed), (b"IDAT", packed))))
    return data[:8] + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


@cache
def _bomb() -> bytes:
    return zlib.compress(bytes(80_000_000), 1)


def _jpeg(data: bytes, dice: Random) -> bytes:
    """Segments dropped, moved, doubled or damaged; the picture's size in its frame set to another."""
    parts, at = [data[:2]], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        size = struct.unpack(">H", data[at + 2 : at + 4])[0] + 2
        parts.append(data[at : at + size])
        at += size
    parts.append(data[at:])
    index, way = dice.randrange(1, len(parts)), dice.randrange(4)
    if way == 0:
        del parts[index]
    elif way == 1:
        parts.insert(dice.randrange(1, len(parts)), parts[index])
    elif way == 2:
        parts[index] = parts[index][:4] + damaged(parts[index][4:], dice)
    else:
        frame = next(i for i, part in enumerate(parts) if part[:2] in (b"\xff\xc0", b"\xff\xc2"))
        high, wide = (min(dice.choice(SIDES), 65_535) for _ in range(2))
        parts[frame] = parts[frame][:5] + struct.pack(">HH", high, wide) + parts[frame][9:]
    return b"".join(parts)


def _tiff(data: bytes, dice: Random) -> bytes:
    """Tags of the directory with another type, count or value, or a directory that leads to itself."""
    changed = bytearray(data)
    order = "<" if data[:2] == b"II" else ">"
    (start,) = struct.unpack(f"{order}I", data[4:8])
    (count,) = struct.unpack(f"{order}H", data[start : start + 2])
    for _ in range(dice.choice((1, 2, 4))):
        at = start + 2 + 12 * dice.randrange(count)
        if dice.random() < 0.1:
            end = start + 2 + 12 * count
            changed[end : end + 4] = struct.pack(f"{order}I", dice.choice((start, 4, len(data))))
        elif dice.random() < 0.5:
            changed[at + 8 : at + 12] = struct.pack(f"{order}I", dice.choice((*BOUNDARIES, *SIDES)))
        else:
            kind, number = dice.randrange(1, 19), dice.choice(BOUNDARIES)
            changed[at + 2 : at + 8] = struct.pack(f"{order}HI", kind, number)
    return bytes(changed)


def _size_at(offset: int, code: str) -> Any:
    """Sets width and height where a format has them."""

    def change(data: bytes, dice: Random) -> bytes:
        most = 2 ** (8 * struct.calcsize(code)) - 1
        sides = b"".join(struct.pack(code, min(dice.choice(SIDES), most)) for _ in range(2))
        return data[:offset] + sides + data[offset + len(sides) :]

    return change


_FORMATS = {"PNG": _png, "JPEG": _jpeg, "TIFF": _tiff, "GIF": _size_at(6, "<H"), "BMP": _size_at(18, "<I")}


def _see(data: bytes) -> None:
    """What the lab does with an upload."""
    to_tensor(read_image(data), (320, 320))


PICTURES = Reader("pictures", hostile, _see, (ImageError,))
