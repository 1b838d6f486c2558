"""A run in the plane as Python code that reproduces it with ``masw_core``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from masw_core.toy.setup import Setup


def code(setup: Setup) -> str:
    """A script that runs every entrant of the setup and prints where it ends."""
    low, high = (edge.tolist() for edge in setup.model().box)
    start = [round(min(max(v, a), b), 6) for v, a, b in zip(setup.start, low, high, strict=True)]
    labels = list(setup.model().labels)
    lines = ["import torch", "from masw_core import Goal, load_attack, run"]
    if setup.toy == "own":
        lines += ["from masw_core.toy.points import LABELS, decode", "from masw_core.toy import train_toy", ""]
        lines += [f'drops = decode("{setup.points}")', "points = [[x, y] for x, y, _ in drops]"]
        lines += ["wanted = [[j in labels for j in range(len(LABELS))] for _, _, labels in drops]"]
        lines += ["model = train_toy(points, wanted)"]
    else:
        lines += ["from masw_core.toy import load_toy", "", f'model = load_toy("{setup.toy}").model']
    lines += [f"labels = {labels}", f"true = torch.tensor([[name in {list(setup.true)} for name in labels]])"]
    if setup.target:
        lines += [f"target = torch.tensor([[name in {list(setup.target)} for name in labels]])"]
        lines += [f"goal = Goal.targeted(true, target, k={setup.k})"]
    else:
        lines += [f"goal = Goal.untargeted(true, k={setup.k})"]
    lines += [f"start = torch.tensor([{start}])", "", "attacks = {"]
    for key, _, attack in setup.entrants():
        settings = dict(setup.settings(attack.name))
        if attack.name == "masw":
            settings["weighting"] = key.removeprefix("masw-")
        written = ", ".join(f"{name}={value!r}" for name, value in settings.items())
        lines.append(f'    "{key}": load_attack("{attack.name}", {written}),')
    lines += ["}", "for name, attack in attacks.items():"]
    lines += ['    result = run(attack, model, start, goal, stop="never", returns="last", trace=True)']
    lines += ["    print(name, result.adversarial[0].tolist(), bool(result.success[0]), len(result.traces[0]))", ""]
    return "\n".join(lines)
