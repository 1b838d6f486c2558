"""Put what a benchmark or a study left behind among the results that the app shows.

    python scripts/record_results.py DIR scenes [--except A,B | --only A,B]
    python scripts/record_results.py DIR studies/weighting

A set becomes ``assets/results/NAME`` with ``results.csv``, ``samples.csv.gz``, ``protocol.json``, ``results.md``, and
``photos.csv`` where pictures have files; a study keeps its tables, curves and passes.
"""

import argparse
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from masw_core.benchmark.summary import CASE_ORDER, read_results, read_samples  # noqa: E402
from masw_core.benchmark.verdict import reading_order  # noqa: E402
from masw_core.views.sweep_report import markdown  # noqa: E402

STUDY = ("study.csv", "study.md", "curves.csv", "passes-*.csv")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("name", metavar="NAME")
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--only", metavar="A,B", help="these methods")
    chosen.add_argument("--except", dest="but", metavar="A,B", help="all methods but these")
    options = parser.parse_args()
    target = ROOT / "assets" / "results" / options.name
    target.mkdir(parents=True, exist_ok=True)
    if (options.folder / "study.csv").exists():
        for file in (file for pattern in STUDY for file in options.folder.glob(pattern)):
            shutil.copy(file, target / file.name)
    else:
        record_set(options, target)
    print(f"{target}: {', '.join(sorted(file.name for file in target.iterdir()))}")


def record_set(options: argparse.Namespace, target: Path) -> None:
    table, samples = read_results(options.folder / "results.csv"), read_samples(options.folder / "samples.csv")
    names = list(dict.fromkeys(table["attack"]))
    if options.only:
        names = options.only.split(",")
    elif options.but:
        names = [name for name in names if name not in options.but.split(",")]
    table = table[table["attack"].isin(names)]
    place = {name: number for number, name in enumerate([*reading_order(table), *CASE_ORDER])}
    table, samples = (
        rows[rows["attack"].isin(names)].sort_values(
            ["model", "seed", "k", "case", "attack", "tau_share"],
            key=lambda column: column.map(place) if column.name in ("case", "attack") else column,
            kind="stable",
        )
        for rows in (table, samples)
    )
    packed = {"method": "gzip", "mtime": 0}
    table.to_csv(target / "results.csv", index=False, float_format="%.6g", lineterminator="\n")
    samples.to_csv(target / "samples.csv.gz", index=False, float_format="%.5g", lineterminator="\n", compression=packed)
    for name in ("protocol.json", "photos.csv"):
        if (options.folder / name).exists():
            shutil.copy(options.folder / name, target / name)
    (target / "results.md").write_text(markdown(table, samples), encoding="utf-8")


if __name__ == "__main__":
    main()
