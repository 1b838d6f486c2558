"""Which options make a perturbation survive what happens to pictures: margin, radius, stop rule, attacking behind JPEG.

    python -m benchmarks.survival [--model photo --dataset coco2014 --split train --root DIR] [--samples 8]

MASW, untargeted, k = 3, on images of a tuning split. Prints a table: per option and radius, the percentage of *all*
images whose perturbation reaches the goal as computed, and after each degradation (``judge.survived``).
"""

from __future__ import annotations

import argparse

from masw_core.attacks import load_attack
from masw_core.benchmark.methods import REACH
from masw_core.benchmark.protocol import evaluation_set
from masw_core.engine.running import run
from masw_core.survival.behind import model_behind
from masw_core.survival.degradations import DEGRADATIONS, degradation
from masw_core.survival.judge import scores_after, survived
from masw_core.task.goals import Goal

K = 3
OPTIONS = (  # what it is called, margin, stop rule, what the attack sees the model behind
    ("first success", 1.0, "success", None),
    ("rounded", 1.0, "rounded", None),
    ("rounded, margin 4", 4.0, "rounded", None),
    ("to the end", 1.0, "never", None),
    ("to the end, margin 4", 4.0, "never", None),
    ("behind JPEG 75", 1.0, "success", "jpeg75"),
    ("behind JPEG 75, margin 4", 4.0, "success", "jpeg75"),
)


def main() -> None:
    options = _options()
    images = evaluation_set(options.dataset, options.model, options.samples, 0, options.split, options.root)
    images = images.leaving(K)
    goal, model = Goal.untargeted(images.true, K), images.model
    clean = scores_after(model, images.x)
    titles = [way.title for way in DEGRADATIONS]
    print("| option | tau | norm | as computed | " + " | ".join(titles) + " |")
    print("|---|---:|---:|" + "---:|" * (1 + len(titles)), flush=True)
    for name, margin, stop, way in OPTIONS:
        for share in options.tau:
            tau = share * model.recommended_tau["untargeted"]
            attack = load_attack(
                "masw", steps=options.steps, tau=tau, step_size=REACH * tau / options.steps, margin=margin
            )
            seen = model if way is None else model_behind(model, degradation(way))
            returns = "last" if stop == "never" else "best"
            result = run(attack, seen, images.x, goal, stop=stop, returns=returns)
            kept = survived(goal, scores_after(model, result.adversarial), clean).double().mean(1)
            computed = goal.success(model(result.adversarial)).double().mean()
            shares = [f"{100 * float(value):.0f}" for value in (computed, *kept)]
            norm = float(result.perturbation.flatten(1).norm(dim=1).mean())
            print(f"| {name} | {tau:g} | {norm:.2f} | " + " | ".join(shares) + " |", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="scenes")
    parser.add_argument("--dataset", default="scenes")
    parser.add_argument("--split", default="tune")
    parser.add_argument("--root")
    parser.add_argument("--samples", type=int, default=25)
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument(
        "--tau", type=float, nargs="+", default=(1.0, 2.0, 4.0), help="shares of the recommended radius"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
