"""Quantities over the steps of an attack, for figures of convergence: ``curves.csv``, one row per cell and step.

Every curve is taken relative to its own start, so that attacks whose objectives have other units share an axis. The
rates of the same cells live in ``results.csv``; here a few images are followed to the last step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from masw_core.benchmark.cell import Cell, Protocol, Row
from masw_core.benchmark.columns import KEY, key_of
from masw_core.benchmark.methods import Method
from masw_core.benchmark.per_image import goal_of
from masw_core.benchmark.protocol import evaluation_set
from masw_core.benchmark.summary import completed
from masw_core.engine.loop import iterate
from masw_core.task import metrics
from masw_core.trace.step import Step
from masw_core.trace.whole import write_whole

import pandas as pd
import torch
from torch import Tensor

IMAGES = 16  # followed per cell
COLUMNS = (*KEY, "quantity", "step", "images", "mean", "low", "high", "example")


def violation(step: Step) -> Tensor:
    """(b,) half the squared violation of the goal's constraints, a yardstick that all attacks share."""
    return (step.constraints.clamp_max(0).square() * step.mask).sum(1) / 2


QUANTITIES: dict[str, Callable[[Step], Tensor]] = {
    "lagrangian": lambda step: step.lagrangian,
    "violation": violation,
    "epsilon": lambda step: step.epsilon,
}


def follow(cell: Cell, protocol: Protocol, quantities: Sequence[str], images: int = IMAGES) -> dict[str, Tensor]:
    """Run the attack of a cell to its last step on the first images of the cell.

    Returns:
        Quantity to (images, T + 1) values on the CPU, in the units of the attack.
    """
    chosen = evaluation_set(
        cell.dataset, cell.model, protocol.samples, cell.seed, protocol.split, protocol.root, protocol.device
    )
    chosen = chosen[chosen.true.sum(1) <= chosen.true.shape[1] - cell.k][:images]
    goal = goal_of(cell, chosen)
    radius = protocol.radius(chosen.model, cell.case, cell.tau_share)
    attack = Method.parse(cell.attack).attack(protocol.steps, radius)
    seen: dict[str, list[Tensor]] = {name: [] for name in quantities}
    torch.manual_seed(cell.seed)
    for step in iterate(attack, chosen.model, chosen.x, goal, stop="never"):
        for name, values in seen.items():
            values.append(QUANTITIES[name](step).float().cpu())
    return {name: torch.stack(values, 1) for name, values in seen.items()}


def summarise(values: Tensor) -> dict[str, Tensor]:
    """Curves relative to their start.

    Args:
        values: (N, T + 1).

    Returns:
        (T + 1,) each: the mean over the images, the 10 % and 90 % quantiles, and as ``example`` the image whose
        curve fluctuates most.
    """
    start = values[:, :1].abs().clamp_min(1e-12)
    relative = values / start
    low, high = (relative.quantile(share, dim=0) for share in (0.1, 0.9))
    example = relative[metrics.fluctuation(values).argmax()]
    return {"mean": relative.mean(0), "low": low, "high": high, "example": example}


def follow_all(
    cells: Sequence[Cell],
    protocol: Protocol,
    quantities: Sequence[str],
    file: Path,
    on_cell: Callable[[], object] | None = None,
) -> None:
    """Follow the cells that the file does not hold yet; it is replaced whole after each, so it is never torn."""
    table = completed(pd.read_csv(file)) if file.exists() else pd.DataFrame(columns=list(COLUMNS))
    done = {key_of(row) for row in table[list(KEY)].drop_duplicates().to_dict("records")}
    for cell in cells:
        if cell.key not in done:
            new = pd.DataFrame(_rows(cell, follow(cell, protocol, quantities)), columns=list(COLUMNS))
            table = new if table.empty else pd.concat([table, new], ignore_index=True)
            write_whole(file, table.to_csv(index=False, float_format="%.4g", lineterminator="\n").encode())
        if on_cell is not None:
            on_cell()


def _rows(cell: Cell, curves: dict[str, Tensor]) -> list[Row]:
    rows = []
    for quantity, values in curves.items():
        if bool(values.isnan().all()):
            continue  # an attack without epsilon
        summary = {name: curve.tolist() for name, curve in summarise(values).items()}
        for step in range(values.shape[1]):
            told = {name: curve[step] for name, curve in summary.items()}
            rows.append({**cell.columns, "quantity": quantity, "step": step, "images": len(values), **told})
    return rows
