"""``train``: rebuild the embedded weights, or train a generator for GAMA or LPD against a model."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

WHAT = ("scenes", "gama", "lpd")
GENERATOR_ONLY = ("model", "images", "seed")
SCENES, EPOCHS, JUDGED = 2000, 3, 50


def add(commands: Any) -> None:
    train = commands.add_parser("train", help="rebuild the embedded weights, or train a generator for gama or lpd")
    train.add_argument("what", choices=WHAT)
    train.add_argument("--robust", action="store_true", help="scenes: the adversarially trained network")
    train.add_argument("--model", metavar="NAME", help="gama, lpd: the model to attack, default: scenes")
    train.add_argument("--images", type=Path, metavar="DIR", help="gama, lpd: your own pictures instead of scenes")
    train.add_argument("--seed", type=int, metavar="S", help="gama, lpd: default 0")
    train.add_argument("--out", type=Path, metavar="DIR", help="default: where the weights in use are, under assets")
    train.add_argument("--epochs", type=int, metavar="N", help=f"default: 10, robust 2, gama and lpd {EPOCHS}")
    train.add_argument("--scenes", type=int, metavar="N", help=f"default: 24,000, gama and lpd {SCENES:,}")
    train.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    for name in ("epochs", "scenes"):
        if (value := getattr(options, name)) is not None and value < 1:
            raise ValueError(f"--{name} {value} is too few: choose at least 1.")
    if options.what == "scenes":
        for name in GENERATOR_ONLY:
            if getattr(options, name) is not None:
                raise ValueError(f"--{name} belongs to train gama and train lpd: leave it out for scenes.")
        _scenes(options)
    elif options.robust:
        raise ValueError(f"--robust belongs to train scenes: choose --model scenes-robust for {options.what}.")
    else:
        _generator(options)


def _scenes(options: argparse.Namespace) -> None:
    from masw_core.training import train_scenes

    where = {} if options.out is None else {"out": options.out}
    card = train_scenes(robust=options.robust, epochs=options.epochs, scenes=options.scenes, **where)
    print(f"{card['name']}: mAP {card['results']['test']['mAP']:.1f} on new scenes")


def _generator(options: argparse.Namespace) -> None:
    from masw_core.benchmark.generators import measure
    from masw_core.commands.options import writable
    from masw_core.generative import Recipe, train_generator
    from masw_core.generative.encoder import find_encoder
    from masw_core.generative.store import FOLDER
    from masw_core.models import load_model

    out = FOLDER if options.out is None else options.out
    model = load_model("scenes" if options.model is None else options.model)
    pixels, judged = _pictures(options, model)
    writable(out)
    generator = train_generator(
        options.what,
        model,
        pixels,
        Recipe(epochs=options.epochs or EPOCHS, seed=options.seed or 0),
        encoder=find_encoder() if options.what == "gama" else None,
    )
    images, true = judged()
    if len(images):
        generator = generator.with_results(measure(generator, model, images, true))
    file = generator.save(out)
    print(f"{options.what} against {model.name}: {generator.card['form']}")
    for limit, rows in generator.card["results"]["limits"].items() if len(images) else ():
        for row, rates in rows.items():
            numbers = f"ASR {rates['asr']:.0f}  SASR {rates['sasr']:.0f}  LFR {rates['lfr']:.0f}  L2 {rates['norm']}"
            print(f"{limit:5}  {row:9}  {numbers}")
    print(f"written to {file}")


def _pictures(options: argparse.Namespace, model: Any) -> tuple[Any, Any]:
    """Pixels to train on, and a function that gives images and labels to judge by; errors before the work."""
    from masw_core.generative import pictures
    from masw_core.models.scenes import SCENE_MODELS

    if options.images is not None:
        if options.scenes is not None:
            raise ValueError("--images and --scenes are two sources of pictures: choose one.")
        pixels = pictures.folder_pictures(options.images, model.input_size)
        held_back = min(JUDGED, len(pixels) // 5)
        return pixels[held_back:], lambda: pictures.own_pictures(model, pixels[:held_back])
    if model.name not in SCENE_MODELS:
        raise ValueError(f"{model.name} was not made for drawn scenes: name a folder of photos with --images.")
    count = SCENES if options.scenes is None else options.scenes
    judged = max(4, min(JUDGED, JUDGED * count // SCENES))
    return pictures.train_scenes(count), lambda: pictures.tune_scenes(model, judged)
