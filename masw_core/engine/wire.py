"""Messages between two processes of this program: frozen dataclasses of masw_core, tensors, arrays and plain values.

They are pickles of which nothing but data is let through, at both ends: no function, no class from anywhere else. The
memory of tensors and arrays travels beside the pickle and keeps its layout, since sums over another layout differ in
their last bits.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterable
from dataclasses import is_dataclass
from importlib import import_module
from math import prod
from typing import IO, Any

import numpy as np
import torch
from torch import Tensor

SIZE = 8  # bytes of a length


def packed(message: Any) -> list[bytes | memoryview]:
    """A message as parts to be written one after the other.

    Raises:
        TypeError: it holds something that is no data.
    """
    memory: list[pickle.PickleBuffer] = []
    file = io.BytesIO()
    _Pickler(file, protocol=5, buffer_callback=memory.append).dump(message)
    parts = [file.getbuffer(), *(one.raw() for one in memory)]
    lengths = [len(parts), *(part.nbytes for part in parts)]
    return [b"".join(length.to_bytes(SIZE, "little") for length in lengths), *parts]


def write(file: IO[bytes], parts: Iterable[bytes | memoryview]) -> None:
    """Write what ``packed`` gave."""
    for part in parts:
        file.write(part)
    file.flush()


def read(file: IO[bytes]) -> Any:
    """The next message.

    Raises:
        EOFError: there is none.
        pickle.UnpicklingError: it holds something that is no data.
    """
    count = int.from_bytes(_bytes(file, SIZE), "little")
    lengths = [int.from_bytes(_bytes(file, SIZE), "little") for _ in range(count)]
    data, *memory = [_bytes(file, length) for length in lengths]
    return _Unpickler(io.BytesIO(data), buffers=memory).load()


def _bytes(file: IO[bytes], length: int) -> bytearray:
    """So many bytes, which whoever gets them may change."""
    found = bytearray(length)
    view, got = memoryview(found), 0
    while got < length:
        more = file.readinto(view[got:])  # type: ignore[attr-defined]
        if not more:
            raise EOFError
        got += more
    return found


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, Tensor):
            layout = sorted(range(value.dim()), key=value.stride, reverse=True)
            array = value.detach().permute(layout).contiguous().numpy()
            return _tensor, (*_laid_out(array), tuple(layout))
        if isinstance(value, np.ndarray):
            return _array, _laid_out(np.ascontiguousarray(value))
        if value is _tensor or value is _array or _is_data(value if isinstance(value, type) else type(value)):
            return NotImplemented
        raise TypeError(f"{type(value).__qualname__} is no data: give masw_core's dataclasses, tensors or numbers.")


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module == __name__ and name in ("_tensor", "_array"):
            return globals()[name]
        found = getattr(import_module(module), name, None) if module.startswith("masw_core.") else None
        if not _is_data(found):
            raise pickle.UnpicklingError(f"{module}.{name} is no data of masw_core.")
        return found


def _is_data(kind: Any) -> bool:
    return isinstance(kind, type) and kind.__module__.startswith("masw_core.") and is_dataclass(kind)


def _laid_out(array: np.ndarray[Any, Any]) -> tuple[pickle.PickleBuffer, str, tuple[int, ...]]:
    return pickle.PickleBuffer(array.data), array.dtype.str, array.shape


def _array(memory: Any, dtype: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    return np.frombuffer(memory, dtype, prod(shape)).reshape(shape)


def _tensor(memory: Any, dtype: str, shape: tuple[int, ...], layout: tuple[int, ...]) -> Tensor:
    laid = torch.from_numpy(_array(memory, dtype, shape))
    return laid.permute([layout.index(axis) for axis in range(len(layout))])
