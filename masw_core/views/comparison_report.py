"""A comparison as a file to keep and to send: who reached the goal, curves, pictures, every label, how to repeat it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from masw_core.one_picture.standings import Standing, standings, verdict
from masw_core.views import page, pictures
from masw_core.views.comparison import QUANTITIES, confidences, curves
from masw_core.views.repeat import repeat_comparison
from masw_core.views.run_report import ROOM, how_to_repeat, shown

import numpy as np

if TYPE_CHECKING:
    from masw_core.trace.trace import Trace

HEAD = (
    "attack",
    "goal reached",
    "step",
    "norm",
    "failure degree",
    "true labels off",
    "top k then",
    "fluctuation",
)


def html(traces: Mapping[str, Trace], names: Mapping[str, str] | None = None) -> str:
    """The report of a comparison, one HTML file below 6 MB.

    Args:
        traces: the runs by method, on one picture with one goal.
        names: what people call the methods; None: as they are written.
    """
    names = {method: method for method in traces} if names is None else names
    where, header = standings(traces), next(iter(traces.values())).header
    below = [
        page.section("Over the steps", *_curves(traces, names)),
        page.section("Labels", *_labels(traces, where, names)),
        page.section("Repeat it", *how_to_repeat(repeat_comparison(traces))),
    ]
    return page.page(
        f"{len(traces)} attacks on {header['model']}, {header['case']}, k = {header['k']}",
        [
            page.paragraph(verdict(where, names), "verdict"),
            _table(where, names),
            page.paragraph(
                "Each attack is read at its first success, or where it came nearest. Failure degree: 0 to 2, 0 is the "
                "whole goal (Eqs. 7 and 12). Fluctuation: how much of the squared violation's movement went upwards.",
                "faint",
            ),
            page.section("Pictures", _pictures(traces, where, names, page.room(*below))),
            *below,
        ],
    )


def _table(where: list[Standing], names: Mapping[str, str]) -> str:
    return page.table(
        HEAD,
        [
            (
                names[row.method],
                "yes" if row.success else "no",
                row.step,
                f"{row.norm:.3f}",
                f"{row.failure:.3f}",
                f"{row.flipped} of {row.true}",
                ", ".join(row.top),
                f"{100 * row.fluctuation:.1f} %",
            )
            for row in where
        ],
    )


def _pictures(traces: Mapping[str, Trace], where: list[Standing], names: Mapping[str, str], room: int) -> str:
    """The clean picture, then what each attack makes of it above what it adds to it, all magnified alike."""
    added = {row.method: traces[row.method].perturbation_at(row.step)[0] for row in where}
    times = min((pictures.magnification(z) for z in added.values() if np.abs(z).max() > 0), default=1)
    room = min(room // (1 + 2 * len(where)), ROOM)
    clean = next(iter(traces.values())).image
    columns = [[shown(clean, "Clean", "The clean picture", room)]]
    for row in where:
        image, kept = pictures.adversarial_at(traces[row.method], row.step)
        name, top = names[row.method], ", ".join(row.top)
        made = shown(image, f"{name}, step {kept}. Top {len(row.top)}: {top}", f"The picture of {name}", room)
        magnified = pictures.magnified(added[row.method], times)
        noise = shown(magnified, f"{name} adds this, × {times}", f"What {name} adds, magnified", room)
        columns.append([made, noise])
    return page.pictures(*columns)


def _curves(traces: Mapping[str, Trace], names: Mapping[str, str]) -> Iterable[str]:
    for quantity, (title, _) in QUANTITIES.items():
        caption = f"{title[0].upper()}{title[1:]}; a star is the first success"
        yield page.figure(curves(traces, quantity, names), caption)


def _labels(traces: Mapping[str, Trace], where: list[Standing], names: Mapping[str, str]) -> Iterable[str]:
    columns = confidences(traces, {row.method: row.step for row in where}, names)
    cells = zip(*columns.values(), strict=True)
    yield page.table(
        list(columns),
        [[f"{cell:.4f}" if isinstance(cell, float) else cell for cell in row] for row in cells],
        "Confidence on the clean picture and in every attack's picture",
    )
