"""``list attacks|models|datasets|studies``: what there is, as a table or as JSON."""

from __future__ import annotations

import argparse
import json
from typing import Any

import masw_core


def add(commands: Any) -> None:
    listing = commands.add_parser("list", help="what there is: attacks, models, data sets, studies")
    listing.add_argument("what", choices=("attacks", "models", "datasets", "studies"))
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    tables = {"attacks": _attack_rows, "models": _model_rows, "datasets": _dataset_rows, "studies": _study_rows}
    rows = tables[options.what]()
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        print(f"{row['name']:{width}}  {row['summary']}")


def _attack_rows() -> list[dict[str, Any]]:
    keys = ("name", "title", "family", "paper", "cases", "fidelity", "summary")
    return [
        {key: getattr(info, key) for key in keys}
        | {"presets": list(info.presets), "settings": [setting.described() for setting in info.settings]}
        for info in masw_core.list_attacks()
    ]


def _model_rows() -> list[dict[str, Any]]:
    from masw_core.models import list_paper_models

    keys = ("name", "title", "summary", "labels", "input_size", "ready")
    return [{key: getattr(info, key) for key in keys} for info in (*masw_core.list_models(), *list_paper_models())]


def _dataset_rows() -> list[dict[str, Any]]:
    keys = ("name", "title", "summary", "splits", "evaluation_split", "label_count", "needs_root")
    return [{key: getattr(info, key) for key in keys} for info in masw_core.list_datasets()]


def _study_rows() -> list[dict[str, Any]]:
    from masw_core.studies.catalogue import STUDIES

    keys = ("name", "figure", "question", "claim", "variable", "methods", "cases", "ks")
    return [{key: getattr(one, key) for key in keys} | {"summary": f"{one.figure}: {one.question}"} for one in STUDIES]
