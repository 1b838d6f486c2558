"""``attack IMAGE``: attack one picture and write the result to a folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import masw_core
from masw_core.commands.options import add_task, labels_in, writable
from masw_core.engine.loop import STOPS
from masw_core.settings import as_json, settings_from

from tqdm import tqdm

if TYPE_CHECKING:
    from masw_core.one_picture.report import Report


def add(commands: Any) -> None:
    attack = commands.add_parser("attack", help="attack one picture and write the result to a folder")
    add_task(attack)
    attack.add_argument("--attack", default="masw", metavar="NAME", help="default: masw")
    attack.add_argument("--preset", default="default", metavar="NAME", help="settings by name, such as paper")
    attack.add_argument("--steps", type=int, metavar="N", help="number of updates")
    attack.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="any setting of the attack")
    attack.add_argument("--stop", choices=STOPS, default="rounded", help="default: rounded")
    attack.add_argument("--report", action="store_true", help="also write report.html, which opens anywhere (5 MB)")
    attack.add_argument("--bundle", type=Path, metavar="FILE.zip", help="also one file that opens in the lab again")
    attack.add_argument("--behind", metavar="NAME", help="attack what the model sees after jpeg75, resize, blur ...")
    attack.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    from masw_core.data.images import read_image
    from masw_core.one_picture.bundle import write_bundle
    from masw_core.one_picture.report import attack_image

    settings = settings_from(options.set)
    if options.steps is not None:
        settings["steps"] = options.steps
    attack = masw_core.load_attack(options.attack, preset=options.preset, **settings)
    if not masw_core.attack_info(options.attack).supports(options.case):
        raise ValueError(f"{options.attack} cannot do the {options.case} case: choose another attack or case.")
    for folder in (options.out, *([options.bundle.parent] if options.bundle else [])):
        writable(folder)
    image = read_image(options.image)
    model = masw_core.load_model(options.model, device=options.device)
    with tqdm(total=attack.steps, unit="step", desc=attack.name, leave=False) as bar:
        report = attack_image(
            attack,
            model,
            image,
            options.case,
            options.k,
            labels=labels_in(options.labels),
            seed=options.seed,
            stop=options.stop,
            on_step=lambda step: bar.update(step.index - bar.n),
            picture=options.image.name,
            preset=options.preset,
            asked=as_json(settings),
            behind=options.behind,
        )
    report.save(options.out)
    if options.bundle:
        write_bundle(options.bundle, report.trace)
    facts = report.facts
    if options.report:
        _write_report(options.out, report)
    verdict = "succeeded" if facts["success"] else "did not succeed"
    print(f"{attack.name} {options.case} k={options.k} {verdict} in {facts['steps']} steps, L2 {facts['l2']:.3f}")
    print(f"top {options.k}: {', '.join(facts['top_k_before'])} -> {', '.join(facts['top_k_after'])}")
    if facts["success"]:
        print(f"survives: {_kept(facts, True)}; does not: {_kept(facts, False)}")
    print(f"written to {options.out}{f' and {options.bundle}' if options.bundle else ''}")


def _write_report(folder: Path, report: Report) -> None:
    from masw_core.views.notebook import save_report

    save_report(report.trace, folder / "report.html", rounded=report.facts["success_after_8bit"])


def _kept(facts: dict[str, Any], survives: bool) -> str:
    """The conditions that the picture survives, or those that it does not."""
    return ", ".join(name for name, one in facts["survives"].items() if one["survives"] is survives) or "none"
