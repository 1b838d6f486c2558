"""Hostile tables of results: cells, columns, quotes, encodings; and folders of a benchmark that was cut off."""

from __future__ import annotations

import csv
import io
import json
from random import Random

from masw_core.benchmark.cell import Protocol
from masw_core.benchmark.columns import COLUMNS, VALUES
from masw_core.benchmark.own_table import TableError, read_own_table
from masw_core.benchmark.results import Results
from scripts.fuzzing.damage import damaged, twisted, word
from scripts.fuzzing.reader import Reader
from scripts.fuzzing.watching import SCRATCH

FOLDER = SCRATCH / "benchmark"
PROTOCOL = {
    "samples": 100, "steps": None, "split": None, "stop": "success", "tau": "recommended", "training": 200,
    "passes": 5, "survival": False,
}  # fmt: skip


def _rows(dice: Random) -> list[list[str]]:
    rows = [list(COLUMNS)]
    for number in range(dice.choice((0, 1, 3, 12))):
        key = ["scenes", "scenes", dice.choice(("best", "untargeted")), "3", f"masw+eta=1.{number}", "0", "1"]
        rows.append([*key, *(f"{dice.random():.3g}" for _ in VALUES)])
    return rows


def _written(rows: list[list[str]], mark: str = ",") -> str:
    file = io.StringIO()
    csv.writer(file, delimiter=mark, lineterminator="\n").writerows(rows)
    return file.getvalue()


def _hostile_table(dice: Random) -> bytes:
    rows = _rows(dice)
    for _ in range(dice.choice((0, 1, 1, 2, 4))):
        line = dice.randrange(len(rows))
        if not rows[line]:
            continue
        column, way = dice.randrange(len(rows[line])), dice.random()
        if way < 0.6:
            rows[line][column] = word(dice)
        elif way < 0.7:
            for row in rows:
                del row[column:]
        elif way < 0.8:
            rows[line] = rows[line][:column]
        elif way < 0.9:
            rows.insert(line, list(rows[line]))
        else:
            rows[line] += [word(dice)] * dice.choice((1, 200))
    text = _written(rows, dice.choice(",;\t"))
    if dice.random() < 0.02:
        text += dice.choice(('"', "a" * 200_000, ",\n" * 20_000, "x" * 5_100_000))
    encoded = text.encode(dice.choice(("utf-8", "utf-8-sig", "utf-16", "latin-1")), "replace")
    return damaged(encoded, dice) if dice.random() < 0.4 else encoded


def _hostile_folder(dice: Random) -> dict[str, bytes]:
    files = {
        "results.csv": _written(_rows(dice)).encode(),
        "samples.csv": b"dataset,model,case,k,attack,seed,image\nscenes,scenes,best,3,masw,0,1\n",
        "protocol.json": json.dumps(PROTOCOL).encode(),
    }
    name = dice.choice(list(files))
    if name == "protocol.json" and dice.random() < 0.5:
        files[name] = json.dumps(twisted(PROTOCOL, dice)).encode()
    elif name == "results.csv" and dice.random() < 0.5:
        files[name] = _hostile_table(dice)
    else:
        files[name] = damaged(files[name], dice)
    return files


def _go_on(files: dict[str, bytes]) -> None:
    """What ``masw benchmark --out`` does with a folder that is there."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (FOLDER / name).write_bytes(content)
    Results(FOLDER, Protocol())


TABLES = Reader("tables of results", _hostile_table, read_own_table, (TableError,))
FOLDERS = Reader("folders of a benchmark", _hostile_folder, _go_on, (ValueError,))
