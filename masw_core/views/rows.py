"""Which labels and constraints a view shows, in which order and under which names; roles and their colours.

Every view uses the same order, so that a row means the same thing in every panel: true labels, targets, then the
others, each by confidence on the clean image. All rows are always there; where there are many, those that nothing
happens to are folded, and a search finds them. What is folded is decided from the whole run, never from one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from masw_core.trace.trace import Trace

MOST = 24  # rows that still fit on a screen: up to here nothing is folded
LIKELIEST = 12  # labels that are shown for their confidence on the clean image alone
MOVED = 0.2  # change of a confidence that makes a label worth a row
ROLES = ("true", "target", "other")

# Colours that read on light and on dark; shape says the same (see SYMBOLS), so colour never stands alone.
COLOURS = {
    "true": "#3f7fe0",
    "target": "#df7a22",
    "other": "#87919d",
    "fell": "#17a673",
    "rose": "#dc4562",
    "start": "#87919d",
    "none": "#87919d",
    "best": "#8f63d9",
    "accent": "#138493",
}
SYMBOLS = {"true": "circle", "target": "triangle-up", "other": "square"}


@dataclass(frozen=True)
class LabelRow:
    """A label as a row of a panel; ``folded`` where nothing happens to it and there are many."""

    index: int
    name: str
    role: str
    folded: bool = False


@dataclass(frozen=True)
class ConstraintRow:
    """A constraint as a row of a panel: ``column`` of the trace's arrays, and what it asks of its label."""

    column: int
    name: str
    wants: str
    role: str
    folded: bool = False


def role_of(trace: Trace, label: int) -> str:
    """``"true"``, ``"target"`` or ``"other"``."""
    if label in trace.header["true"]:
        return "true"
    return "target" if label in (trace.header["target"] or ()) else "other"


def ranks(trace: Trace) -> np.ndarray[Any, Any]:
    """(n, C) int, 1 for the highest score; at ties the lower label index comes first, as in ``measures.top_k``."""
    order = np.argsort(-trace.scores, axis=1, kind="stable")
    places = np.empty_like(order)
    np.put_along_axis(places, order, np.arange(1, order.shape[1] + 1)[None, :], axis=1)
    return places


def label_rows(trace: Trace, ended: bool = True) -> list[LabelRow]:
    """Every label, in the order of all views.

    Never folded: true labels, targets, and labels that are in the top k at any step. Then come the likeliest ones on
    the clean image and, up to ``MOST`` rows, those whose confidence moved most.

    Args:
        trace: the run so far.
        ended: False while the run goes on: what moved is left out, so that rows appear but never go.
    """
    names, clean = trace.header["labels"], trace.scores[0]
    roles = [role_of(trace, label) for label in range(len(names))]
    order = sorted(range(len(names)), key=lambda j: (ROLES.index(roles[j]), -clean[j]))
    shown = _in_play(trace) | {int(j) for j in np.argsort(-clean, kind="stable")[:LIKELIEST]}
    if ended:
        moved = np.abs(trace.probabilities - trace.probabilities[0]).max(axis=0)
        shown = _filled(shown, moved, moved >= MOVED)
    few = len(names) <= MOST
    return [LabelRow(j, names[j], roles[j], folded=not few and j not in shown) for j in order]


def _in_play(trace: Trace) -> set[int]:
    """True labels, targets and whatever is in the top k at any step."""
    inside = np.flatnonzero((ranks(trace) <= trace.header["k"]).any(axis=0))
    return {*trace.header["true"], *(trace.header["target"] or ()), *inside.tolist()}


def _filled(shown: set[int], size: np.ndarray[Any, Any], worth: np.ndarray[Any, Any]) -> set[int]:
    """``shown`` and the largest of those that are ``worth`` it, up to ``MOST`` in all."""
    others = [int(i) for i in np.argsort(-size, kind="stable") if worth[i] and int(i) not in shown]
    return shown | set(others[: max(MOST - len(shown), 0)])


def wants(trace: Trace, family: str, label: int) -> str:
    """What a constraint asks of its label, in a few words."""
    if family == "rank":
        into = label in (trace.header["target"] or ())
        return f"{'into' if into else 'out of'} top {trace.header['k']}"
    return "below 0.5" if family == "flip" else "keep its side"


def constraint_rows(trace: Trace, ended: bool = True) -> list[ConstraintRow]:
    """Every constraint, in the order of the label rows.

    Never folded: the constraints of true labels, of targets and of labels that are in the top k at any step. Then
    come, up to ``MOST`` rows, those with the most slack.

    Args:
        trace: the run so far.
        ended: False while the run goes on: slack counts on the clean image only, so that rows appear but never go.
    """
    header, clean = trace.header, trace.scores[0]
    families, labels = header["family"], header["label"]
    roles = [role_of(trace, label) for label in labels]
    order = ("rank", "flip", "keep")
    sort = sorted(
        range(len(labels)),
        key=lambda c: (ROLES.index(roles[c]), -clean[labels[c]], order.index(families[c])),
    )
    in_play = _in_play(trace)
    slack = trace.slack.max(axis=0) if ended else trace.slack[0]
    shown = _filled({c for c in sort if labels[c] in in_play}, slack, slack > 0)
    few = len(labels) <= MOST
    return [
        ConstraintRow(
            c,
            header["labels"][labels[c]],
            wants(trace, families[c], labels[c]),
            roles[c],
            folded=not few and c not in shown,
        )
        for c in sort
    ]


Row = TypeVar("Row", LabelRow, ConstraintRow)


def picked(rows: Sequence[Row], find: str = "", every: bool = False) -> list[Row]:
    """The rows a view draws: those found, or all, or those that are not folded.

    Args:
        rows: from ``label_rows`` or ``constraint_rows``.
        find: parts of names, separated by commas; ``"dog, out of"`` finds *dog*, *hot dog* and every *out of top k*.
        every: without a search: folded rows too.
    """
    words = [word.strip().lower() for word in find.split(",") if word.strip()]
    if words:
        return [row for row in rows if any(word in text_of(row).lower() for word in words)]
    return [row for row in rows if every or not row.folded]


def text_of(row: LabelRow | ConstraintRow) -> str:
    """What a row is called: the label's name, and for a constraint what it asks of it."""
    return f"{row.name} {row.wants}" if isinstance(row, ConstraintRow) else row.name


def constraint_name(trace: Trace, column: int) -> str:
    """What the constraint of a column asks of its label, such as ``"person below 0.5"``; labels may be numbers."""
    family, label = trace.header["family"][column], trace.header["label"][column]
    name = trace.header["labels"][label]
    return f"{'label ' if name.isdecimal() else ''}{name} {wants(trace, family, label)}"
