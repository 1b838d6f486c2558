"""Files that nobody vouches for: the members of a ZIP and the arrays in them, read within bounds, nothing executed.

Every size is known to be small before memory is taken for it: of the file, of its list of members, of each member as
it is declared and as it unpacks, and of each array. Members are asked for by name; others are never unpacked, and no
name becomes a path.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from math import prod
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any

import numpy as np

MOST_BYTES = 96_000_000  # of a file
MOST_UNPACKED = 192_000_000  # of all members that are read
MOST_LISTED = 65_536  # bytes of the list of members
MOST_JSON = 4_000_000  # characters of a text
DEEPEST = 16  # lists and tables inside each other in a text
KINDS = "biufU"  # kinds of numbers that an array may hold, and text

Array = np.ndarray[Any, Any]

_END, _END_64, _END_SIZE = b"PK\x05\x06", b"PK\x06\x07", 22
_DAMAGED = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    EOFError,
    OverflowError,
    SyntaxError,  # of an array's header
    TokenError,  # the same, where numpy tries to read what Python 2 wrote
    MemoryError,
    RuntimeError,  # encrypted, nested too deep, a method of packing that is not here
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


class ArchiveError(ValueError):
    """A file cannot be read; the message is half a sentence that says why, such as "it is damaged"."""


def read_bytes(file: str | Path | IO[bytes]) -> bytes:
    """The bytes of a file, if they are not too many.

    Raises:
        ArchiveError: too large, or not there.
    """
    try:
        if isinstance(file, str | Path):
            with Path(file).open("rb") as opened:
                data = opened.read(MOST_BYTES + 1)
        else:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ArchiveError(f"it cannot be read ({error.strerror or error})") from error
    if len(data) > MOST_BYTES:
        raise ArchiveError(f"it is larger than {MOST_BYTES // 10**6} MB")
    return data


def read_members(data: bytes, names: Sequence[str]) -> dict[str, bytes]:
    """The members of a ZIP with these names, unpacked; other members stay as they are.

    Args:
        data: of the ZIP.
        names: each of them must be there once.

    Raises:
        ArchiveError: no ZIP, damaged, encrypted, a member missing or twice, or too much to unpack.
    """
    _refuse_long_list(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            listed = [info for info in archive.infolist() if info.filename in names]
            there = {info.filename: info for info in listed}
            for name in names:
                if name not in there:
                    raise ArchiveError(f"{name} is missing in it")
            if len(there) < len(listed):
                raise ArchiveError("it has a member twice")
            if sum(info.file_size for info in listed) > MOST_UNPACKED:
                raise ArchiveError(f"it unpacks to more than {MOST_UNPACKED // 10**6} MB")
            return {name: _unpacked(archive, there[name]) for name in names}
    except ArchiveError:
        raise
    except _DAMAGED as error:
        raise ArchiveError("it is damaged") from error


def read_arrays(data: bytes, names: Sequence[str]) -> dict[str, Array]:
    """The arrays of an NPZ file with these names; numbers or text, never a pickle.

    Raises:
        ArchiveError: as for ``read_members``, or a member that is no such array.
    """
    members = read_members(data, [f"{name}.npy" for name in names])
    return {name: _array(name, members.pop(f"{name}.npy")) for name in names}


def read_json(text: str | bytes) -> Any:
    """What a JSON text says.

    Raises:
        ArchiveError: no JSON, too long, or nested too deep.
    """
    if len(text) > MOST_JSON:
        raise ArchiveError("its text is too long")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArchiveError("its text is no JSON") from error
    level = [said]
    for _ in range(DEEPEST):
        level = [inner for one in level if isinstance(one, list | dict) for inner in _inside(one)]
    if level:
        raise ArchiveError("its text is nested too deep")
    return said


def _inside(value: list[Any] | dict[str, Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def _refuse_long_list(data: bytes) -> None:
    """A ZIP ends with 22 bytes that say how long its list of members is; a comment or ZIP64 would hide them."""
    end = data[-_END_SIZE:]
    if len(end) < _END_SIZE or end[:4] != _END or end[-2:] != b"\0\0":
        raise ArchiveError("it is no plain ZIP file, or it is cut off")
    (listed,) = struct.unpack("<L", end[12:16])
    if listed > MOST_LISTED or data[-_END_SIZE - 20 :][:4] == _END_64:
        raise ArchiveError("it has too many members")


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """A member whose declared size is affordable; what unpacks to another size is damaged."""
    if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ArchiveError("it is encrypted or packed in an unusual way")
    with archive.open(info) as member:
        content = member.read(info.file_size + 1)
    if len(content) != info.file_size:
        raise ArchiveError("it is damaged")
    return content


def _array(name: str, content: bytes) -> Array:
    """The array of an NPY file, whose header has to fit the bytes that follow."""
    file, read = io.BytesIO(content), np.lib.format
    try:
        version = read.read_magic(file)
        header = {(1, 0): read.read_array_header_1_0, (2, 0): read.read_array_header_2_0}[version]
        shape, columns_first, dtype = header(file)
        numbers = memoryview(content)[file.tell() :]
        if dtype.kind not in KINDS or dtype.subdtype is not None or prod(shape) * dtype.itemsize != len(numbers):
            raise ArchiveError(f"its {name} has not the size that it says")
        if dtype.kind == "b":
            flat = np.frombuffer(numbers, np.uint8) != 0
        else:
            flat = np.frombuffer(numbers, dtype).astype(dtype.newbyteorder("="))  # a copy: it may be written to
        return flat.reshape(shape, order="F" if columns_first else "C")
    except ArchiveError:
        raise
    except _DAMAGED as error:
        raise ArchiveError(f"its {name} is damaged") from error
