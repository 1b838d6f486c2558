"""A table of results that somebody uploads: read as text, checked cell by cell, never executed.

The file is the ``results.csv`` of ``python -m masw_core benchmark``, or any CSV with at least the columns ``NEEDED``;
what else is missing is NaN. Every refusal is one sentence that says where and what to do.
"""

from __future__ import annotations

import csv
import io
import re

from masw_core.benchmark.columns import COLUMNS, KEY, VALUES
from masw_core.benchmark.summary import completed

import pandas as pd

NEEDED = ("dataset", "model", "case", "k", "attack", "asr")
SHARES = ("asr", "sasr", "lfr", "sac", "asr_eq25", "fluctuation", "fluctuating")  # within [0, 1]
CASES = ("untargeted", "best", "random", "worst", "universal")
MOST_BYTES = 5_000_000
MOST_ROWS = 5_000
MOST_COLUMNS = 100
MOST_TEXT = 200  # letters in a name
_NAME = re.compile(r"[\w .,:;+=/@()\[\]^*'-]+")


class TableError(ValueError):
    """The file is no table of results; the message is one sentence."""


def read_own_table(data: bytes) -> pd.DataFrame:
    """The table in a file.

    Args:
        data: the file; UTF-8 or UTF-16 with a mark, else Latin-1; comma, semicolon or tab between the cells.

    Returns:
        ``COLUMNS``, one row per line; ``seed`` is 0 and ``tau_share`` 1 where the file has none.

    Raises:
        TableError: one sentence on what is wrong.
    """
    lines = _lines(_text(data))
    header = [name.strip().lower() for name in lines[0]]
    if len(header) > MOST_COLUMNS:
        raise TableError(f"The table has {len(header)} columns: keep those of results.csv, at most {MOST_COLUMNS}.")
    if missing := [name for name in NEEDED if name not in header]:
        raise TableError(f"The table lacks the columns {', '.join(missing)}: upload the results.csv of a benchmark.")
    if twice := sorted({name for name in header if name in COLUMNS and header.count(name) > 1}):
        raise TableError(f"The table has two columns {twice[0]}: leave one of them out.")
    rows = lines[1:]
    if not rows:
        raise TableError("The table has a heading and no rows: upload one with results in it.")
    if len(rows) > MOST_ROWS:
        raise TableError(f"The table has {len(rows)} rows: upload at most {MOST_ROWS}.")
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise TableError(f"Line {number} has {len(row)} cells, the heading has {len(header)}: repair that line.")
    cells = {name: [row[place].strip() for row in rows] for place, name in enumerate(header) if name in COLUMNS}
    return _checked(cells, len(rows))


def _text(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise TableError(f"The file has {len(data) / 1e6:.1f} MB: upload at most {MOST_BYTES / 1e6:.0f} MB.")
    if not data.strip():
        raise TableError("The file is empty: upload a results.csv.")
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if "\x00" in text:
        raise TableError("The file is not text: upload a CSV table.")
    return text


def _lines(text: str) -> list[list[str]]:
    heading = text.lstrip().split("\n", 1)[0]
    mark = max(",;\t", key=heading.count)
    try:
        lines = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True) if any(row)]
    except csv.Error as error:
        raise TableError(f"The file cannot be read as a CSV table ({error}): check its quotation marks.") from error
    if not lines:
        raise TableError("The file is empty: upload a results.csv.")
    return lines


def _checked(cells: dict[str, list[str]], count: int) -> pd.DataFrame:
    columns: dict[str, pd.Series] = {}
    for name in ("dataset", "model", "case", "attack"):
        columns[name] = _names(name, cells[name])
    for line, case in enumerate(columns["case"], start=2):
        if case not in CASES:
            raise TableError(f"case = {case!r} in line {line} is unknown: use one of {', '.join(CASES)}.")
    columns["k"] = _whole("k", cells["k"], 1, 10_000)
    columns["seed"] = _whole("seed", cells.get("seed", ["0"] * count), 0, 2**53)
    columns["tau_share"] = _radii(cells.get("tau_share", ["1"] * count))
    for name in VALUES:
        columns[name] = _numbers(name, cells[name]) if name in cells else pd.Series([float("nan")] * count)
    table = pd.DataFrame(columns)
    if "afd" not in cells:
        table = completed(table.drop(columns="afd"))
    if (again := table.duplicated(list(KEY))).any():
        line = int(again.to_numpy().argmax()) + 2
        raise TableError(f"Line {line} repeats a cell (same attack, case, k and seed): number the seeds.")
    return table[list(COLUMNS)]


def _names(name: str, values: list[str]) -> pd.Series:
    for line, value in enumerate(values, start=2):
        if not value or len(value) > MOST_TEXT or not _NAME.fullmatch(value):
            shown = value[:30].encode("unicode_escape").decode()
            raise TableError(f"{name} = {shown!r} in line {line} is no name: use letters, digits and . , : + = - _.")
    return pd.Series(values, dtype=object)


def _whole(name: str, values: list[str], low: int, high: int) -> pd.Series:
    numbers = _numbers(name, values)
    wrong = ~(numbers.between(low, high) & (numbers % 1 == 0))
    if wrong.any():
        line = int(wrong.to_numpy().argmax())
        raise TableError(
            f"{name} = {values[line][:30]!r} in line {line + 2} is out of range: use a whole number, {low} or more."
        )
    return numbers.astype("int64")


def _radii(values: list[str]) -> pd.Series:
    shares = _numbers("tau_share", values)
    if (wrong := ~(shares > 0)).any():
        line = int(wrong.to_numpy().argmax())
        raise TableError(f"tau_share = {values[line][:30]!r} in line {line + 2} is no share: use a number above 0.")
    return shares


def _numbers(name: str, values: list[str]) -> pd.Series:
    """Numbers with a decimal point or comma; an empty cell or nan is NaN."""
    text = pd.Series(values, dtype=object).str.replace(",", ".", regex=False)
    numbers = pd.to_numeric(text.where(~text.str.lower().isin(["", "nan", "none"])), errors="coerce").astype(float)
    empty = text.str.lower().isin(["", "nan", "none"])
    allowed = numbers.between(0, 1 + 1e-9) if name in SHARES else numbers.abs() < 1e15
    wrong = ~(allowed | empty)
    if wrong.any():
        line = int(wrong.to_numpy().argmax())
        hint = "use a share between 0 and 1, not percent" if name in SHARES else "use a number"
        raise TableError(f"{name} = {values[line][:30]!r} in line {line + 2} cannot be used: {hint}.")
    return numbers
