"""Hostile files: too large, too many, lying about their sizes, twisted. One sentence for each, and no memory taken."""

import io
import tracemalloc
import zipfile

from masw_core import Trace
from masw_core.trace import archive
from masw_core.trace.archive import ArchiveError, read_arrays, read_json, read_members
from masw_core.trace.trace import TraceError

import numpy as np
import pytest
from test_trace import trace  # noqa: F401 - the fixture


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return file.getvalue()


def npy(array) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def header_of(text: str) -> bytes:
    body = text.encode().ljust(118) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(body).to_bytes(2, "little") + body


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=np.int8).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.array([1, 2], dtype=">f4"),
        np.array([True, False]),
        np.array("a text"),
        np.zeros((0, 3), np.float32),
    ],
    ids=lambda array: f"{array.dtype.str}{array.shape}",
)
def test_arrays_come_back_as_numpy_wrote_them_and_can_be_written_to(array):
    again = read_arrays(packed({"a.npy": npy(array)}), ["a"])["a"]
    np.testing.assert_array_equal(again, array)
    assert again.flags.writeable
    assert again.dtype.isnative


@pytest.mark.parametrize(
    ("header", "body"),
    [
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000), }", b"1234"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, -1), }", b"1234"),
        ("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", b"12345678"),
        ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", b"1234"),
        ("{'descr': ('<f4', (2,)), 'fortran_order': False, 'shape': (1,), }", b"12345678"),
        ("{'descr': '|V4', 'fortran_order': False, 'shape': (1,), }", b"1234"),
        ("{'descr': '<U0', 'fortran_order': False, 'shape': (1,), }", b""),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (True,), }", b""),
        ("{'descr': __import__('os').getcwd(), 'fortran_order': False, 'shape': (), }", b""),
        ("(" * 110, b""),
    ],
)
def test_an_array_has_the_size_that_it_says_and_holds_numbers(header, body):
    with pytest.raises(ArchiveError):
        read_arrays(packed({"a.npy": header_of(header) + body}), ["a"])


def test_a_bomb_is_refused_before_it_unpacks(monkeypatch):
    monkeypatch.setattr(archive, "MOST_UNPACKED", 20_000_000)
    bomb = packed({"a": b"\0" * 20_000_001})
    assert len(bomb) < 100_000
    tracemalloc.start()
    with pytest.raises(ArchiveError, match="unpacks to more"):
        read_members(bomb, ["a"])
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_a_member_that_lies_about_its_size_is_damaged():
    data = packed({"a": b"\0" * 1_000_000})
    assert read_members(data, ["a"])
    for lie in (10, 999_999, 1_000_001):  # in the list of members, and beside the member
        with pytest.raises(ArchiveError, match="damaged"):
            read_members(data.replace((1_000_000).to_bytes(4, "little"), lie.to_bytes(4, "little")), ["a"])


def test_members_that_nobody_asked_for_are_never_unpacked(monkeypatch):
    monkeypatch.setattr(archive, "MOST_UNPACKED", 1000)
    data = packed({"a": b"yes", "../../etc/passwd": b"\0" * 2000, "/b": b"no"})
    assert read_members(data, ["a"]) == {"a": b"yes"}


def test_other_twists_are_refused(monkeypatch):
    twice = packed({"a": b"1", "b": b"2"})
    encrypted = bytearray(packed({"a": b"secret"}))
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1
    with zipfile.ZipFile(commented := io.BytesIO(), "w") as made:
        made.writestr("a", b"1")
        made.comment = b"PK\x05\x06"
    many = packed({f"{number:040}": b"" for number in range(1500)} | {"a": b""})
    for data, words in (
        (twice.replace(b"b", b"a"), "twice"),
        (bytes(encrypted), "encrypted"),
        (packed({"a": b"1"}, zipfile.ZIP_LZMA), "unusual"),
        (commented.getvalue(), "no plain ZIP"),
        (many, "too many"),
        (packed({"b": b""}), "a is missing"),
        (packed({"a": b"1"})[:-1], "cut off"),
        (b"", "cut off"),
    ):
        with pytest.raises(ArchiveError, match=words):
            read_members(data, ["a"])
    monkeypatch.setattr(archive, "MOST_BYTES", 10)
    with pytest.raises(ArchiveError, match="larger than"):
        archive.read_bytes(io.BytesIO(many))


@pytest.mark.parametrize("text", ["[" * 100_000, "{", "[" * 20 + "]" * 20, '{"a": ' * 17 + "1" + "}" * 17, "9" * 5000])
def test_texts_that_are_too_deep_or_no_json(text):
    with pytest.raises(ArchiveError, match="its text"):
        read_json(text)


HEADERS = {
    "labels": [None, [], ["a"], ["\n"] * 8, "abcdefgh", [1] * 8],
    "k": [0, 9, -1, 2.0, "2", True, None],
    "true": [None, [8], [-1], [0, 0], ["a"], 3],
    "target": [[], [0, 1, 2], [99, 1], "ab"],
    "keep": [[99]],
    "case": ["sideways", None, {}],
    "config": [None, {}, {"steps": -1}, {"steps": "many"}, {"steps": 3, "margin": "wide"}],
    "family": [["rank"], ["other"] * 12, None],
    "label": [[99] * 12, [], None],
    "attack": ["", 5, "x" * 300],
    "space": ["time"],
    "complete": ["yes"],
    "schema": [2, None],
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_contradicts_the_rest_is_one_sentence(name, trace):  # noqa: F811
    for value in HEADERS[name]:
        with pytest.raises(TraceError):
            again(trace, header={**trace.header, name: value})
    with pytest.raises(TraceError):
        again(trace, header={key: value for key, value in trace.header.items() if key != name})


ARRAYS = {
    "scores": [lambda a: a[:-1], lambda a: a[:, 1:], lambda a: a * np.nan, lambda a: a.astype(np.float64)],
    "constraints": [lambda a: a[:, 1:], lambda a: a[None]],
    "slack": [lambda a: a + np.inf],
    "branch": [lambda a: a + 4, lambda a: a - 1],
    "success": [lambda a: a.astype(np.int8)],
    "image": [lambda a: a[:1], lambda a: a[:0], lambda a: a * np.inf],
    "exact_steps": [lambda a: a[::-1], lambda a: a + 1, lambda a: a * 0],
    "exact": [lambda a: a[1:], lambda a: a.reshape(len(a), -1)],
    "stored": [lambda a: np.array([999], np.int32)],
    "norm": [lambda a: np.float32(1)],
}


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_that_does_not_fit_the_rest_is_one_sentence(name, trace):  # noqa: F811
    for change in ARRAYS[name]:
        with pytest.raises(TraceError, match="contradicts itself"):
            again(trace, **{name: change(getattr(trace, name))})


def again(trace, header=None, **arrays) -> Trace:  # noqa: F811
    """The trace read from a file in which these are changed."""
    from dataclasses import replace

    file = io.BytesIO()
    replace(trace, header=trace.header if header is None else header, **arrays).save(file)
    file.seek(0)
    return Trace.load(file)
