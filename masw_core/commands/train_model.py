"""``finetune ARCHITECTURE``: train a network of the paper on one of its data sets."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from masw_core.commands.options import writable


def add(commands: Any) -> None:
    tune = commands.add_parser("finetune", help="train Inception-v3, ResNet-50 or TResNet on one of the data sets")
    tune.add_argument("architecture", metavar="ARCHITECTURE", help="inception_v3, resnet50, tresnet_m or tresnet_l")
    tune.add_argument("--dataset", required=True, metavar="NAME", help="voc2012, coco2014, nuswide, openimages, scenes")
    tune.add_argument("--root", type=Path, metavar="DIR", help="the folder with the data set")
    tune.add_argument("--epochs", type=int, default=20, metavar="N", help="default: 20")
    tune.add_argument("--batch", type=int, default=32, metavar="N", help="images per step, default 32")
    tune.add_argument("--lr", type=float, metavar="RATE", help="highest rate; default 1e-4, from scratch 1e-3")
    tune.add_argument("--size", type=int, metavar="N", help="image side in pixels; default: 299 for Inception-v3, 224")
    tune.add_argument("--init", default="none", metavar="none|imagenet|FILE", help="starting weights, default none")
    tune.add_argument("--seed", type=int, default=0, metavar="N")
    tune.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    tune.add_argument("--workers", type=int, metavar="N", help="processes that read pictures; default: half the cores")
    tune.add_argument("--out", type=Path, metavar="DIR", help="default: $MASW_MODELS or ~/.cache/masw/models")
    tune.add_argument("--resume", action="store_true", help="go on with a training that was stopped")
    tune.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    from masw_core.models.paper_models import models_folder
    from masw_core.training.finetune import FineTuning, finetune

    settings = FineTuning(
        options.architecture,
        options.dataset,
        size=options.size,
        epochs=options.epochs,
        batch=options.batch,
        learning_rate=options.lr,
        init=options.init,
        seed=options.seed,
    )
    workers = min(8, (os.cpu_count() or 1) // 2) if options.workers is None else options.workers
    if workers < 0:
        raise ValueError(f"--workers {workers} is impossible: choose 0 or more")
    out = options.out or models_folder()
    writable(out)
    card = finetune(settings, options.root, out, options.device, workers, options.resume)
    print(f"{card['name']}: {card['accuracy']}")
    print(f"written to {out}")
