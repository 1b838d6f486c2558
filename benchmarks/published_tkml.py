"""Images a second against the published TkML code, which is not part of this project.

    git clone https://github.com/discovershu/TKML-AP DIR
    python -m benchmarks.published_tkml --code DIR [--images 16 50] [--steps 10] [--rounds 3]

Both sides make the same number of updates of the same images and none stops early: the published function one image
at a time, as its own main program calls it, ours in one batch. The published code sees the network twice: prepared as
ours is (folded, frozen, channels-last), and as its library builds it, which is what a user has in hand. What batching
alone can give is the same ratio of the bare network: forward and backward one image at a time, over one batch.
Everything is measured twice, see ``both_waits``.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import io
import platform
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import masw_core  # sets OMP_WAIT_POLICY before torch
from benchmarks.attacks import pictures
from benchmarks.both_waits import tables
from benchmarks.step_overhead import bare_step, ratio, scores, true_labels
from masw_core.attacks.registry import load_attack
from masw_core.engine.running import run
from masw_core.models import MultiLabelModel, load_model
from masw_core.models.registry import _builder
from masw_core.task.targets import make_goal

import torch

K = 3
TAU = 1e-6  # nothing succeeds inside it, so that both sides make all their steps


def published(code: Path) -> Callable[..., Any]:
    """The untargeted function of a clone; what it imports and does not use here may be missing."""
    sys.path.insert(0, str(code))
    for name in ("cv2", "pandas"):
        with contextlib.suppress(ImportError):
            __import__(name)
        sys.modules.setdefault(name, types.ModuleType(name))
    if not torch.cuda.is_available():  # it moves its perturbation to the GPU whatever device it is given
        torch.Tensor.cuda = lambda self, *_, **__: self  # type: ignore[method-assign, assignment]
    import attack

    function: Callable[..., Any] = attack.l2_topk_non_targeted_attack
    return function


def one_by_one(
    function: Callable[..., Any], network: torch.nn.Module, x: torch.Tensor, true: torch.Tensor, steps: int
) -> Callable[[], None]:
    """A call that attacks every image with the published function."""
    hidden, device = torch.atanh(x * 0.999999), x.device

    def attack_all() -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            for image, labels in zip(hidden, true.int(), strict=True):
                function(network, image[None], labels[None], K, TAU, steps, 1.0, -1.0, device, True, 1e-9)

    return attack_all


def together(name: str, model: MultiLabelModel, x: torch.Tensor, true: torch.Tensor, steps: int) -> Callable[[], None]:
    """A call that attacks all images in one batch with ours."""
    goal, attack = make_goal("untargeted", true, K, scores(model, x)), load_attack(name, steps=steps, tau=TAU)
    return lambda: run(attack, model, x, goal, stop="never") and None


def bare_alone(model: MultiLabelModel, x: torch.Tensor, steps: int) -> Callable[[], None]:
    """A call that does nothing but the forwards and backwards, one image at a time."""
    each = [bare_step(model, image[None]) for image in x]
    return lambda: [step() for step in each for _ in range(steps)] and None


def bare_together(model: MultiLabelModel, x: torch.Tensor, steps: int) -> Callable[[], None]:
    """The same in one batch."""
    step = bare_step(model, x)
    return lambda: [step() for _ in range(steps)] and None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--code", type=Path, required=True, metavar="DIR")
    parser.add_argument("--model", default="scenes")
    parser.add_argument("--images", type=int, nargs="+", default=[16, 50])
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--table", action="store_true", help="only print the table, as this process's threads wait")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    if options.table:
        print_table(options)
        return
    lines = [
        "# Against the published TkML code",
        "",
        f"{datetime.date.today()}, {platform.processor() or platform.machine()}, {torch.get_num_threads()} threads, "
        f"torch {torch.__version__}, masw_core {masw_core.__version__}, model {options.model}, "
        f"{options.steps} steps. Medians of {options.rounds} paired turns (`python -m benchmarks.published_tkml`).",
        "",
        "Images a second, ours over the published function: both on the prepared network, and ours against the "
        "published one on the network as its library builds it. The bare network is what batching alone gives: one "
        "image at a time against one batch.",
        *tables("benchmarks.published_tkml", sys.argv[1:]),
    ]
    (options.out / "published_tkml.md").write_text("\n".join(lines) + "\n")


def print_table(options: argparse.Namespace) -> None:
    function, model = published(options.code), load_model(options.model)
    plain = _builder(options.model)(options.model).eval()
    print("| images | ours | both prepared | published one plain | ours, ms an image | published, ms an image |")
    print("|---:|---|---:|---:|---:|---:|")
    for images in options.images:
        x = pictures(model, images)
        true = true_labels(model, x)
        alone = one_by_one(function, model, x, true, options.steps)
        for name in ("tkml", "masw"):
            ours = together(name, model, x, true, options.steps)
            prepared, milliseconds = ratio(alone, ours, options.rounds, 1)
            unprepared, _ = ratio(one_by_one(function, plain, x, true, options.steps), ours, options.rounds, 1)
            each = milliseconds / images
            print(
                f"| {images} | {name} | {prepared:.2f} | {unprepared:.2f} | {each:.0f} | {each * prepared:.0f} |",
                flush=True,
            )
        bare, milliseconds = ratio(
            bare_alone(model, x, options.steps), bare_together(model, x, options.steps), options.rounds, 1
        )
        each = milliseconds / images
        print(f"| {images} | bare network | {bare:.2f} | | {each:.0f} | {each * bare:.0f} |", flush=True)


if __name__ == "__main__":
    main()
