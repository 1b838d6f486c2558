"""What every attack costs: time per step, and what batching Jacobians saves.

    python -m benchmarks.attacks [--model scenes] [--batches 1 50] [--rounds 5] [--out benchmarks/results]

Times are ratios to one bare forward and backward of the same model, taken in turns in the same run; medians. The
second table compares the batched gradients of the scores with one backward per sample and per label: lean (frozen
parameters, the same folded network), as published code does it (``backward()``, which collects the gradients of the
parameters too), and as published on the network as its library builds it (batch norm unfolded, default memory format).
"""

from __future__ import annotations

import argparse
import datetime
import platform
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import masw_core  # sets OMP_WAIT_POLICY before torch
from benchmarks.step_overhead import bare_step, ratio, scores, true_labels
from masw_core.attacks.jacobian import score_gradients
from masw_core.attacks.registry import AttackInfo, list_attacks, load_attack
from masw_core.engine.loop import iterate
from masw_core.engine.running import run
from masw_core.models import MultiLabelModel, load_model
from masw_core.models.registry import _builder
from masw_core.task.targets import make_goal

import torch

COUNTED_STEPS = 3
LONGEST = 8  # seconds that a step may take to be timed, judged by the batch before


def stepping(info: AttackInfo, model: MultiLabelModel, x: torch.Tensor, case: str) -> Callable[[], None]:
    """One engine step per call, none of the samples finishing."""
    goal = make_goal(case, true_labels(model, x), 3, scores(model, x))
    steps = iterate(load_attack(info.name, steps=100_000, tau=3.0), model, x, goal)
    return lambda: next(steps) and None


def counts(info: AttackInfo, model: MultiLabelModel, x: torch.Tensor, case: str) -> tuple[float, float]:
    """Batched forwards and backwards per step; a Jacobian counts as one backward per label (small batches: one)."""
    goal = make_goal(case, true_labels(model, x), 3, scores(model, x))
    result = run(load_attack(info.name, steps=COUNTED_STEPS, tau=3.0), model, x, goal, stop="never")
    return (result.forwards - 2) / COUNTED_STEPS, result.backwards / COUNTED_STEPS


def attack_rows(model: MultiLabelModel, batches: list[int], rounds: int) -> Iterator[str]:
    ratios: dict[tuple[str, str], float] = {}
    for batch in batches:
        x = pictures(model, batch)
        bare = bare_step(model, x)
        bare()
        started = time.perf_counter()
        bare()
        seconds = time.perf_counter() - started
        for info in list_attacks():
            for case in ("untargeted", "worst"):
                if not info.supports(case):
                    continue
                if seconds * ratios.get((info.name, case), 0) > LONGEST:
                    yield f"| {info.name} | {case} | {batch} | a step takes over {LONGEST} s: not timed | | | |"
                    continue
                value, base = ratio(stepping(info, model, x, case), bare, rounds, 1)
                ratios[info.name, case] = value
                forwards, backwards = counts(info, model, x[:2], case)
                yield (
                    f"| {info.name} | {case} | {batch} | {value:.2f} | {base:.1f} ms "
                    f"| {forwards:.0f} | {backwards:.0f} |"
                )


def jacobian_rows(model: MultiLabelModel, batches: list[int], rounds: int) -> Iterator[str]:
    naive = _builder(model.name)(model.name).eval()
    for batch in batches:
        x = pictures(model, batch)
        for count in (3, len(model.labels)):
            labels = torch.arange(count).expand(batch, -1)

            def batched(x: torch.Tensor = x, labels: torch.Tensor = labels) -> None:
                z = torch.zeros_like(x).requires_grad_()
                score_gradients(model(x + z), z, labels)

            lean, base = ratio(partial(one_by_one, model, x, count, False), batched, rounds, 1)
            published, _ = ratio(partial(one_by_one, model, x, count, True), batched, rounds, 1)
            unfolded, _ = ratio(partial(one_by_one, naive, x, count, True), batched, rounds, 1)
            yield f"| {batch} | {count} | {base:.1f} ms | {lean:.2f} | {published:.2f} | {unfolded:.2f} |"


def one_by_one(model: torch.nn.Module, x: torch.Tensor, count: int, as_published: bool) -> None:
    """One backward per sample and label after one forward per sample; published code collects weight gradients too."""
    for parameter in model.parameters():
        parameter.requires_grad_(as_published)
    for sample in x:
        z = torch.zeros_like(sample[None]).requires_grad_()
        seen = model(sample[None] + z)
        for label in range(count):
            if as_published:
                z.grad = None
                seen[0, label].backward(retain_graph=True)
            else:
                torch.autograd.grad(seen[0, label], z, retain_graph=True)
    for parameter in model.parameters():
        parameter.requires_grad_(False)
        parameter.grad = None


def pictures(model: MultiLabelModel, batch: int) -> torch.Tensor:
    height, width = model.input_size
    return torch.rand(batch, 3, height, width, generator=torch.Generator().manual_seed(0)) * 2 - 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="scenes")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 50])
    parser.add_argument("--jacobian-batches", type=int, nargs="+", default=[1, 8, 24])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--note", default="", help="a sentence for the header, such as what else the machine did")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    model = load_model(options.model)
    lines = [
        "# What attacks cost",
        "",
        f"{datetime.date.today()}, {platform.processor() or platform.machine()}, {torch.get_num_threads()} threads, "
        f"torch {torch.__version__}, masw_core {masw_core.__version__}, model {options.model}. Medians of "
        f"{options.rounds} paired turns (`python -m benchmarks.attacks`). {options.note}".rstrip(),
        "",
        "Time of a step against one bare forward and backward; forwards and backwards of the batch per step; a "
        "Jacobian is one backward per label.",
        "",
        "| attack | case | batch | step / bare step | bare step | forwards | backwards |",
        "|---|---|---|---|---|---|---|",
    ]
    header = [
        "",
        "Gradients of the first labels' scores, batched, against one backward per sample and label after one forward "
        "per sample: lean (parameters frozen, the same folded network), as published code does it (`backward()`, which "
        "collects the gradients of the parameters too), and that on the network as its library builds it. "
        "Target: at least 4.",
        "",
        "| batch | labels | batched | lean loop / batched | as published / batched | published, unfolded / batched |",
        "|---|---|---|---|---|---|",
    ]
    tables = [
        attack_rows(model, options.batches, options.rounds),
        iter(header),
        jacobian_rows(model, options.jacobian_batches, options.rounds),
    ]
    options.out.mkdir(exist_ok=True)
    for table in tables:
        for row in table:
            print(row, flush=True)
            lines.append(row)
            (options.out / "attacks.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
