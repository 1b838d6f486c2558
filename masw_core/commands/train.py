"""``train``: rebuild the embedded weights."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    train = commands.add_parser("train", help="rebuild the embedded weights")
    train.add_argument("dataset", choices=("scenes",))
    train.add_argument("--robust", action="store_true", help="the adversarially trained network")
    train.add_argument("--out", type=Path, metavar="DIR", help="default: assets/models, the weights in use")
    train.add_argument("--epochs", type=int, metavar="N", help="default: the recipe's 10, robust 2")
    train.add_argument("--scenes", type=int, metavar="N", help="default: the recipe's 24,000")
    train.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    from masw_core.training import train_scenes

    for name in ("epochs", "scenes"):
        if (value := getattr(options, name)) is not None and value < 1:
            raise ValueError(f"--{name} {value} is too few: choose at least 1.")
    where = {} if options.out is None else {"out": options.out}
    card = train_scenes(robust=options.robust, epochs=options.epochs, scenes=options.scenes, **where)
    print(f"{card['name']}: mAP {card['results']['test']['mAP']:.1f} on new scenes")
