"""``universal``: look for one perturbation that fools many images, and write it to a folder; resumable."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import masw_core
from masw_core.commands.options import writable
from masw_core.settings import settings_from

from tqdm import tqdm


def add(commands: Any) -> None:
    universal = commands.add_parser("universal", help="look for one perturbation that fools many images")
    universal.add_argument("--attack", default="masw", metavar="NAME", help="the attack inside, default: masw")
    universal.add_argument("--preset", default="default", metavar="NAME", help="settings of that attack by name")
    universal.add_argument("--model", default="scenes", metavar="NAME", help="default: scenes")
    universal.add_argument("--dataset", default="scenes", metavar="NAME", help="default: scenes")
    universal.add_argument("--root", type=Path, metavar="DIR", help="where the data set's files are, if it has any")
    universal.add_argument("--k", type=int, default=3, help="top-k, default 3")
    universal.add_argument("--samples", type=int, default=200, metavar="N", help="training samples, default 200")
    universal.add_argument("--held-out", type=int, default=100, metavar="N", help="samples to judge it on, default 100")
    universal.add_argument("--passes", type=int, default=5, metavar="N", help="at most so many, default 5")
    universal.add_argument("--patience", type=int, default=3, metavar="N", help="passes without gain, default 3")
    universal.add_argument("--batch", type=int, default=10, metavar="N", help="samples attacked at once, default 10")
    universal.add_argument("--tau", type=float, help="largest L2 norm; default: what the model recommends")
    universal.add_argument("--rate", type=float, metavar="SHARE", help="end when so many are fooled, such as 0.8")
    universal.add_argument("--steps", type=int, metavar="N", help="updates of the attack inside, default 20")
    universal.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="any setting of the attack")
    universal.add_argument("--seed", type=int, default=0, help="for the order of the samples, default 0")
    universal.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    universal.add_argument("--out", type=Path, required=True, metavar="DIR")
    universal.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    from masw_core.universal.presets import load_universal
    from masw_core.universal.report import Run
    from masw_core.universal.samples import rightly_tagged

    inner = settings_from(options.set)
    if options.steps is not None:
        inner["steps"] = options.steps
    outer = {name: getattr(options, name) for name in ("tau", "passes", "patience", "batch", "seed")}
    if options.rate is not None:
        outer["target_rate"] = options.rate
    universal = load_universal(options.attack, options.preset, inner, **outer)
    writable(options.out)
    model = masw_core.load_model(options.model, device=options.device)
    where = {} if options.root is None else {"root": options.root}
    size = model.input_size[0]
    train, test = (masw_core.load_dataset(options.dataset, split, size=size, **where) for split in ("train", "test"))
    x, true = rightly_tagged(model, train, options.samples)
    held_out = rightly_tagged(model, test, options.held_out)
    with tqdm(total=universal.passes * len(x), unit="sample", desc=f"{options.attack} universal", leave=False) as bar:
        finished = Run(universal, model, x, true, options.k, options.out).finish(
            on_step=lambda step: bar.update(max(step.number - 1, 0) * step.samples + step.seen - bar.n)
        )
    facts = finished.save(*held_out, dataset=options.dataset)
    fooled = {name: f"{facts[name]['asr']:.0%}" for name in ("training", "held_out", "noise")}
    print(
        f"{options.attack} universal k={options.k}: fools {fooled['held_out']} of {options.held_out} held-out samples "
        f"(training {fooled['training']}, noise of equal norm {fooled['noise']}), L2 {facts['norm']:.2f}, "
        f"best pass {facts['best_pass']} of {facts['passes']}, ended by {facts['ended']}"
    )
    print(f"written to {options.out}")
