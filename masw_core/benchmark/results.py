"""The files of a sweep: ``results.csv``, one row per cell, ``samples.csv``, one per image, and the protocol.

A finished row is never run again. Rows are appended and flushed as they come, so a killed sweep loses the cell it was
in and nothing else; a line that was cut off in the middle is dropped when the folder is opened again. Files from before
a column was added get it when they are opened to go on.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from masw_core.benchmark.cell import Protocol, Row
from masw_core.benchmark.columns import COLUMNS, SAMPLE_COLUMNS, SURVIVES, key_of
from masw_core.benchmark.summary import completed
from masw_core.settings import shown
from masw_core.trace.whole import write_whole

import pandas as pd

SETTLED = (
    "samples",
    "steps",
    "split",
    "stop",
    "tau",
    "training",
    "passes",
    "survival",
)  # what rows of one table must have in common


class Results:
    """The rows in a folder.

    Args:
        folder: made if it does not exist.
        protocol: how the rows are measured; None: only read.

    Raises:
        ValueError: the folder holds rows of another protocol.
        OSError: the folder cannot be written.
    """

    def __init__(self, folder: Path, protocol: Protocol | None = None) -> None:
        self.folder = folder
        self.table, self.samples = folder / "results.csv", folder / "samples.csv"
        self.columns = (*COLUMNS, *SURVIVES) if protocol is not None and protocol.survival else COLUMNS
        if protocol is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._agree(protocol)
            self._drop_torn_lines()
            _complete(self.table, self.columns)
            _complete(self.samples, SAMPLE_COLUMNS)
        self._done = {key_of(row) for row in self.rows()}

    def rows(self) -> list[dict[str, str]]:
        """The table so far, as text."""
        return _read(self.table)

    def holds(self, key: tuple[str, ...]) -> bool:
        """Whether a cell is finished."""
        return key in self._done

    def add(self, row: Row, samples: Iterable[Row]) -> None:
        """Write a finished cell: its images first, so that a row never stands without them."""
        _append(self.samples, SAMPLE_COLUMNS, samples)
        _append(self.table, self.columns, [row])
        self._done.add(key_of(row))

    def _agree(self, protocol: Protocol) -> None:
        file = self.folder / "protocol.json"
        mine = {name: value for name, value in asdict(protocol).items() if name in SETTLED}
        if not file.exists():
            file.write_text(json.dumps(mine, indent=2) + "\n")
            return
        theirs = {"survival": False, **_protocol(file)}  # older files do not say it
        other = {name: value for name, value in theirs.items() if name in mine and mine[name] != value}
        if other:
            listed = ", ".join(f"{name} = {shown(value)}" for name, value in other.items())
            raise ValueError(f"{self.folder} holds results measured with {listed}: give the same, or another --out.")

    def _drop_torn_lines(self) -> None:
        """After a kill: cut an unfinished last line, and the images of cells that have no row."""
        for file in (self.table, self.samples):
            if file.exists() and not (text := file.read_bytes()).endswith(b"\n"):
                file.write_bytes(text[: text.rfind(b"\n") + 1])
        if not self.samples.exists():
            return
        finished = {key_of(row) for row in self.rows()}
        kept = _read(self.samples)
        whole = [row for row in kept if key_of(row) in finished]
        if len(whole) < len(kept):
            self.samples.unlink()
            _append(self.samples, tuple(kept[0]), whole)


def _complete(file: Path, columns: tuple[str, ...]) -> None:
    """Give an older file the columns that are written today."""
    rows = _read(file)
    if not rows or tuple(rows[0]) == columns:
        return
    try:
        table = completed(pd.read_csv(file)).reindex(columns=list(columns))
    except (ValueError, TypeError) as error:
        raise _no_table(file, "its numbers cannot be read") from error
    write_whole(file, table.to_csv(index=False, float_format="%.6g", lineterminator="\n").encode())


def _read(file: Path) -> list[dict[str, str]]:
    if not file.exists():
        return []
    try:
        with file.open(newline="", encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _no_table(file, "it is no CSV table") from error
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise _no_table(file, f"line {number} has more or fewer cells than the heading")
        try:
            key_of(row)
        except (KeyError, ValueError) as error:
            raise _no_table(file, f"line {number} does not say what it is about") from error
    return rows


def _protocol(file: Path) -> dict[str, Any]:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise _no_table(file, "it is no JSON") from error
    if not isinstance(said, dict):
        raise _no_table(file, "it is no table of settings")
    return said


def _no_table(file: Path, why: str) -> ValueError:
    return ValueError(
        f"{file} was not written by a benchmark, or is damaged ({why}): repair it, or give another --out."
    )


def _append(file: Path, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
    new = not file.exists() or not file.stat().st_size
    with file.open("a", newline="") as lines:
        writer = csv.DictWriter(lines, columns, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerows({name: _text(row[name]) for name in columns} for row in rows)
        lines.flush()
        os.fsync(lines.fileno())


def _text(value: Any) -> Any:
    """Floats with six digits; NaN (no success to average over) as an empty cell."""
    if isinstance(value, float):
        return "" if value != value else f"{value:.6g}"
    return value
