"""The command line, ``python -m masw_core``: list, attack, train. Every error is one line, exit code 2."""

from __future__ import annotations

import argparse
import ast
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import masw_core
from masw_core.engine import STOPS
from masw_core.goals import CASES

from tqdm import tqdm


class Parser(argparse.ArgumentParser):
    """argparse, but an error is one line without the usage text."""

    def error(self, message: str) -> NoReturn:
        print(f"masw_core: {message} (see {self.prog} --help)", file=sys.stderr)
        raise SystemExit(2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 when it worked, 2 with one line on stderr when the request cannot be met."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except KeyboardInterrupt:
        print("masw_core: stopped", file=sys.stderr)
    except (ValueError, OSError, MemoryError) as error:
        print(f"masw_core: {_one_line(error)}", file=sys.stderr)
    except RuntimeError as error:
        if type(error).__name__ != "OutOfMemoryError":
            raise
        print("masw_core: the device ran out of memory: choose --device cpu or a smaller model", file=sys.stderr)
    return 2


def parser() -> Parser:
    top = Parser(prog="python -m masw_core", description="Top-k multi-label adversarial attacks, step by step.")
    top.add_argument("--version", action="version", version=masw_core.__version__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    listing = commands.add_parser("list", help="what there is: attacks, models, data sets")
    listing.add_argument("what", choices=("attacks", "models", "datasets"))
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.set_defaults(run=_list)

    attack = commands.add_parser("attack", help="attack one picture and write the result to a folder")
    attack.add_argument("image", type=Path, metavar="IMAGE")
    attack.add_argument("--attack", default="masw", metavar="NAME", help="default: masw")
    attack.add_argument("--preset", default="default", metavar="NAME", help="settings by name, such as paper")
    attack.add_argument("--k", type=int, default=3, help="top-k, default 3")
    attack.add_argument("--case", choices=CASES, default="untargeted")
    attack.add_argument("--model", default="photo", metavar="NAME", help="default: photo")
    attack.add_argument("--labels", metavar="A,B", help="true labels; default: what the model predicts")
    attack.add_argument("--steps", type=int, metavar="N", help="number of updates")
    attack.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="any setting of the attack")
    attack.add_argument("--stop", choices=STOPS, default="rounded", help="default: rounded")
    attack.add_argument("--seed", type=int, default=0, help="for the random case, default 0")
    attack.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    attack.add_argument("--out", type=Path, required=True, metavar="DIR")
    attack.set_defaults(run=_attack)

    train = commands.add_parser("train", help="rebuild the embedded weights")
    train.add_argument("dataset", choices=("scenes",))
    train.add_argument("--robust", action="store_true", help="the adversarially trained network")
    train.add_argument("--out", type=Path, metavar="DIR", help="default: assets/models, the weights in use")
    train.add_argument("--epochs", type=int, metavar="N", help="default: the recipe's 10, robust 2")
    train.add_argument("--scenes", type=int, metavar="N", help="default: the recipe's 24,000")
    train.set_defaults(run=_train)
    return top


def _list(options: argparse.Namespace) -> None:
    rows = {"attacks": _attack_rows, "models": _model_rows, "datasets": _dataset_rows}[options.what]()
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        print(f"{row['name']:{width}}  {row['summary']}")


def _attack_rows() -> list[dict[str, Any]]:
    keys = ("name", "title", "family", "paper", "cases", "fidelity", "summary")
    return [
        {key: getattr(info, key) for key in keys} | {"presets": list(info.presets)} for info in masw_core.list_attacks()
    ]


def _model_rows() -> list[dict[str, Any]]:
    keys = ("name", "title", "summary", "labels", "input_size")
    return [{key: getattr(info, key) for key in keys} for info in masw_core.list_models()]


def _dataset_rows() -> list[dict[str, Any]]:
    keys = ("name", "title", "summary", "splits", "label_count")
    return [{key: getattr(info, key) for key in keys} for info in masw_core.list_datasets()]


def _attack(options: argparse.Namespace) -> None:
    from masw_core.images import read_image
    from masw_core.report import attack_image

    settings = _settings(options.set)
    if options.steps is not None:
        settings["steps"] = options.steps
    attack = masw_core.load_attack(options.attack, preset=options.preset, **settings)
    if not masw_core.attack_info(options.attack).supports(options.case):
        raise ValueError(f"{options.attack} cannot do the {options.case} case: choose another attack or case.")
    _writable(options.out)
    image = read_image(options.image)
    model = masw_core.load_model(options.model, device=options.device)
    labels = None if options.labels is None else [name.strip() for name in options.labels.split(",") if name.strip()]
    with tqdm(total=attack.steps, unit="step", desc=attack.name, leave=False) as bar:
        report = attack_image(
            attack,
            model,
            image,
            options.case,
            options.k,
            labels=labels,
            seed=options.seed,
            stop=options.stop,
            on_step=lambda step: bar.update(step.index - bar.n),
        )
    report.save(options.out)
    facts = report.facts
    verdict = "succeeded" if facts["success"] else "did not succeed"
    print(f"{attack.name} {options.case} k={options.k} {verdict} in {facts['steps']} steps, L2 {facts['l2']:.3f}")
    print(f"top {options.k}: {', '.join(facts['top_k_before'])} -> {', '.join(facts['top_k_after'])}")
    print(f"written to {options.out}")


def _train(options: argparse.Namespace) -> None:
    from masw_core.training import train_scenes

    for name in ("epochs", "scenes"):
        if (value := getattr(options, name)) is not None and value < 1:
            raise ValueError(f"--{name} {value} is too few: choose at least 1.")
    where = {} if options.out is None else {"out": options.out}
    card = train_scenes(robust=options.robust, epochs=options.epochs, scenes=options.scenes, **where)
    print(f"{card['name']}: mAP {card['results']['test']['mAP']:.1f} on new scenes")


def _settings(pairs: list[str]) -> dict[str, Any]:
    """``name=value`` pairs; numbers, None and booleans are read as such, anything else as text."""
    settings = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.isidentifier():
            raise ValueError(f"--set {pair}: write it as name=value, such as --set eta=1.05.")
        try:
            settings[name] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            settings[name] = float("inf") if value == "inf" else value
    return settings


def _writable(folder: Path) -> None:
    """Fail before the work, not after it."""
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / ".writable"
    probe.touch()
    probe.unlink()


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return " ".join(str(error).split())
