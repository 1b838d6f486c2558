"""Measures one cell, whatever its kind: the images, whether the goal is possible, and the rows with their key."""

from __future__ import annotations

from masw_core.benchmark.cell import Cell, Protocol, Row
from masw_core.benchmark.methods import Method
from masw_core.benchmark.per_image import measure_per_image
from masw_core.benchmark.protocol import evaluation_set
from masw_core.benchmark.universal_cell import measure_universal


def measure(cell: Cell, protocol: Protocol) -> tuple[Row, list[Row]]:
    """Run one cell.

    Returns:
        The row of the table (``COLUMNS``; rates in [0, 1], norms in units of [-1, 1] images, pert_table in 10^-2 and
        over successes only, as the paper's code has it; fluctuation of the attack's own Lagrangian, fluctuation_shared
        of the squared violation of the goal's constraints; with ``protocol.survival`` also ``SURVIVES``), and one row
        per image (``SAMPLE_COLUMNS``).

    Raises:
        ValueError: the attack cannot do the case, or no image can have such a goal.
    """
    method = Method.parse(cell.attack)
    if not method.supports(cell.case):
        raise ValueError(f"{cell.attack} cannot do the {cell.case} case: leave one of them out.")
    images = evaluation_set(
        cell.dataset, cell.model, protocol.samples, cell.seed, protocol.split, protocol.root, protocol.device
    )
    possible = images.leaving(cell.k)
    if not len(possible):
        raise ValueError(f"k = {cell.k} is impossible on {cell.dataset}: no image leaves {cell.k} other labels.")
    measured = measure_universal if cell.case == "universal" else measure_per_image
    row, samples = measured(cell, protocol, possible)
    return {**cell.columns, **row}, [{**cell.columns, **sample} for sample in samples]
