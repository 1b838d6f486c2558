"""Which labels and constraints a view shows, in which order and under which names; roles and their colours.

Every view uses the same order, so that a row means the same thing in every panel: true labels, targets, then the
others, each by confidence on the clean image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from masw_core.trace.trace import Trace

MOST = 24  # rows that still fit on a screen
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
    """A label as a row of a panel."""

    index: int
    name: str
    role: str


@dataclass(frozen=True)
class ConstraintRow:
    """A constraint as a row of a panel: ``column`` of the trace's arrays, and what it asks of its label."""

    column: int
    name: str
    wants: str
    role: str


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


def label_rows(trace: Trace, most: int = MOST) -> list[LabelRow]:
    """The labels worth a row: true and target ones, then those that came highest at any step."""
    names, clean = trace.header["labels"], trace.scores[0]
    best_rank = ranks(trace).min(axis=0)
    roles = [role_of(trace, label) for label in range(len(names))]
    wanted = sorted(range(len(names)), key=lambda j: (roles[j] == "other", best_rank[j], -clean[j]))[:most]
    wanted.sort(key=lambda j: (ROLES.index(roles[j]), -clean[j]))
    return [LabelRow(j, names[j], roles[j]) for j in wanted]


def wants(trace: Trace, family: str, label: int) -> str:
    """What a constraint asks of its label, in a few words."""
    if family == "rank":
        into = label in (trace.header["target"] or ())
        return f"{'into' if into else 'out of'} top {trace.header['k']}"
    return "below 0.5" if family == "flip" else "keep its side"


def constraint_rows(trace: Trace, most: int = MOST) -> list[ConstraintRow]:
    """The constraints worth a row (those with the most slack at any step), in the order of the label rows."""
    header, clean = trace.header, trace.scores[0]
    families, labels = header["family"], header["label"]
    hardest = trace.slack.max(axis=0) if len(trace) else np.zeros(len(labels))
    wanted = sorted(range(len(labels)), key=lambda c: (-hardest[c], c))[:most]
    roles = [role_of(trace, label) for label in labels]
    families_order = ("rank", "flip", "keep")
    wanted.sort(key=lambda c: (ROLES.index(roles[c]), -clean[labels[c]], families_order.index(families[c])))
    return [
        ConstraintRow(c, header["labels"][labels[c]], wants(trace, families[c], labels[c]), roles[c]) for c in wanted
    ]
