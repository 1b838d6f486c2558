"""Fig. 11(a): how long Algorithm 2 should wait for a gain. One run answers for every patience E.

Up to its end, a run with patience E does what a run without an end does, so the passes of one long run say where each
E would have ended it and which z it would have returned. Every pass's z is judged on held-out images. The variants
are written ``attack+patience=E`` for the z of the best pass, which is what ours returns, and with ``+z=last`` for the
last z, which is what Algorithm 2 returns as printed. Tables and figures are made by ``study_report``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from masw_core.benchmark.cell import Cell, Protocol, Row
from masw_core.benchmark.protocol import evaluation_set
from masw_core.benchmark.universal_cell import UNKNOWN, outcome_under, training_images, universal_of
from masw_core.universal.driver import iterate_universal
from masw_core.universal.step import PassRow, best_of, stalled

import pandas as pd
import torch

PASSES = 15
RATES = ("asr", "sasr", "lfr")


@dataclass(frozen=True)
class Ending:
    """One variant: when a run ends, and what it returns.

    Attributes:
        attack: text for ``Method.parse``.
        patience: E.
        last: return the last z and not that of the best pass.
    """

    attack: str
    patience: int
    last: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``attack+patience=E[+z=last]``.

        Raises:
            ValueError: there is no such E, or z is neither best nor last.
        """
        parts = text.split("+")
        own = dict(part.split("=", 1) for part in parts if part.startswith(("patience=", "z=")))
        patience, z = own.get("patience", ""), own.get("z", "best")
        if not patience.isdecimal() or z not in ("best", "last"):
            raise ValueError(f"{text!r} names no ending: write attack+patience=E, E at least 0, and z=last or z=best.")
        attack = "+".join(part for part in parts if not part.startswith(("patience=", "z=")))
        return cls(attack, int(patience), z == "last")

    def end(self, history: tuple[PassRow, ...]) -> int:
        """The pass in which a run with this patience ends: the last one if it never runs out."""
        for row in history[1:]:
            if stalled(history[: row.number + 1]) > self.patience:
                return row.number
        return history[-1].number

    def returned(self, history: tuple[PassRow, ...]) -> int:
        """The pass whose z it returns."""
        end = self.end(history)
        return end if self.last else best_of(history[: end + 1])


@dataclass(frozen=True)
class JudgedPass:
    """A finished pass.

    Attributes:
        row: its rates on the training images.
        seconds: since the start, without the judging.
        averages, samples: what its z does to the held-out images, see ``outcome.Outcome``.
    """

    row: PassRow
    seconds: float
    averages: Row
    samples: list[Row]


@dataclass(frozen=True)
class LongRun:
    """A run that no patience ended.

    Attributes:
        history: the clean training images first.
        judged: a pass each, from pass 1 on.
        facts: columns that all variants share.
        training: how many images it worked on.
    """

    history: tuple[PassRow, ...]
    judged: tuple[JudgedPass, ...]
    facts: Row
    training: int

    def row(self, cell: Cell) -> tuple[Row, list[Row]]:
        """As ``measuring.measure``, for a cell whose attack is an ending; the costs are those until that end."""
        ending = Ending.parse(cell.attack)
        paid, given = (self.judged[at(self.history) - 1] for at in (ending.end, ending.returned))
        costs = {
            "seconds_per_image": paid.seconds / self.training,
            "forwards": paid.row.forwards / self.training,
            "backwards": paid.row.backwards / self.training,
        }
        row = {**cell.columns, **given.averages, **self.facts, **costs}
        return row, [{**cell.columns, **sample} for sample in given.samples]

    def table(self) -> pd.DataFrame:
        """A row per pass: rates on the training and on the held-out images, and the norm of z."""
        return pd.DataFrame(
            {"pass": one.row.number}
            | {f"training_{name}": getattr(one.row, name) for name in RATES}
            | {f"held_out_{name}": one.averages[name] for name in RATES}
            | {"norm": one.row.norm}
            for one in self.judged
        )


def long_run(cell: Cell, protocol: Protocol, on_pass: Callable[[], Any] = lambda: None) -> LongRun:
    """Run Algorithm 2 for all ``protocol.passes`` and judge every pass.

    Args:
        cell: the attack inside is text for ``Method.parse``. A preset's target rate does not count: only patience
            is studied.
        protocol: as for every universal cell.
        on_pass: called after every pass, for progress bars.

    Raises:
        ValueError: the attack has no untargeted case, there are too few images, or none leaves k other labels.
    """
    images = evaluation_set(
        cell.dataset, cell.model, protocol.samples, cell.seed, protocol.split, protocol.root, protocol.device
    ).leaving(cell.k)
    train = training_images(cell, protocol)
    if not len(images) or not len(train):
        raise ValueError(f"k = {cell.k} is impossible on {cell.dataset}: no image leaves {cell.k} other labels.")
    universal = universal_of(cell, protocol, patience=protocol.passes, target_rate=None)
    torch.manual_seed(cell.seed)
    judged: list[JudgedPass] = []
    history: tuple[PassRow, ...] = ()
    started = time.perf_counter()
    for step in iterate_universal(universal, images.model, train.x, train.true, cell.k):
        history = step.history
        if step.number == 0 or not step.pass_ended:
            continue
        seconds = time.perf_counter() - started
        outcome = outcome_under(images, step.perturbation.cpu(), cell.k)
        judged.append(JudgedPass(history[-1], seconds, outcome.averages(), outcome.rows()))
        on_pass()
        started = time.perf_counter() - seconds  # judging costs the attack nothing
    facts = {
        "samples": len(images),
        "tau": universal.prepared(images.model, outcome.goal, images.x[0].numel()).tau,
        "steps": universal.attack.steps,
        **dict.fromkeys(UNKNOWN, float("nan")),
    }
    return LongRun(history, tuple(judged), facts, len(train))


def measure_endings(
    cells: Sequence[Cell], protocol: Protocol, on_pass: Callable[[], Any] = lambda: None
) -> tuple[LongRun, list[tuple[Row, list[Row]]]]:
    """One run for cells that differ in nothing but patience and which z is returned.

    Raises:
        ValueError: they differ in more, or see ``long_run``.
    """
    runs = {replace(cell, attack=Ending.parse(cell.attack).attack) for cell in cells}
    if len(runs) != 1:
        raise ValueError(f"{len(runs)} runs are no single one: give cells that differ in patience alone.")
    run = long_run(runs.pop(), protocol, on_pass)
    return run, [run.row(cell) for cell in cells]


def write_passes(run: LongRun, cells: Sequence[Cell], folder: Path) -> None:
    """Write ``passes-k<k>-seed<seed>.csv`` and add the same to ``study.md``, with the end of every patience."""
    k, seed = cells[0].k, cells[0].seed
    table = run.table()
    table.to_csv(folder / f"passes-k{k}-seed{seed}.csv", index=False, float_format="%.6g", lineterminator="\n")
    lines = ["", f"## The run: k = {k}, seed {seed}", "", f"{run.training} training images. Rates in percent.", ""]
    lines += ["| pass | training ASR | SASR | LFR | held-out ASR | SASR | LFR | norm |", "|" + "---|" * 8]
    for number, *rates, norm in table.itertuples(index=False):
        lines.append(f"| {number} | " + " | ".join(f"{100 * rate:.1f}" for rate in rates) + f" | {norm:.2f} |")
    lines += ["", "| E | ends in pass | best pass until then |", "|---|---|---|"]
    for ending in (Ending.parse(cell.attack) for cell in cells):
        if not ending.last:
            lines.append(f"| {ending.patience} | {ending.end(run.history)} | {ending.returned(run.history)} |")
    with (folder / "study.md").open("a") as text:
        text.write("\n".join(lines) + "\n")
