"""``open FILE.zip``: say what run a bundle holds, and write its files to a folder; nothing is computed again."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from masw_core.commands.options import writable


def add(commands: Any) -> None:
    opened = commands.add_parser("open", help="what run a bundle holds, from `attack --bundle` or the explorer's lab")
    opened.add_argument("bundle", type=Path, metavar="FILE.zip")
    opened.add_argument("--out", type=Path, metavar="DIR", help="write its pictures, perturbation, trace and result")
    opened.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    from masw_core.one_picture.bundle import read_bundle
    from masw_core.one_picture.outcome import facts_at, files_at, save_files

    bundle = read_bundle(options.bundle)
    if options.out:
        writable(options.out)
    facts = facts_at(bundle.trace, bundle.step)
    settings = " ".join(f"{name}={value}" for name, value in bundle.settings.items())
    reached = "reaches" if facts["success"] else "does not reach"
    print(f"{facts['attack']} {facts['case']} k={facts['k']} on {bundle.picture}, model {facts['model']}")
    print(f"preset {bundle.preset}, seed {bundle.seed}{f', {settings}' if settings else ''}")
    print(f"step {bundle.step} of {facts['steps']} {reached} the goal, L2 {facts['l2']:.3f}")
    print(f"top {facts['k']}: {', '.join(facts['top_k_before'])} -> {', '.join(facts['top_k_after'])}")
    if options.out:
        save_files(options.out, files_at(bundle.trace, bundle.step))
        print(f"written to {options.out}")
