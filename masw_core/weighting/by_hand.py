"""Weights that somebody sets for single constraints, by name: ``rank:person`` is the rank constraint of the label.

Names are read here and found among the constraints of a goal; the rule that applies them is ``rules.Scaled``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Self

from masw_core.settings import require, shown
from masw_core.task.goals import Constraints, Goal

import torch

FAMILIES = ("rank", "flip", "keep")
MOST = 2.0  # the largest weight of Fig. 3(a)
NOTATION = "write it as rank:person=0.2,flip:car=2"


@dataclass(frozen=True)
class HandWeights:
    """Weights of named constraints; those of all others are left to the rule.

    Attributes:
        by_name: pairs of a name, ``family:label`` with a label's name or index, and its weight, 0 to 2.
        columns: where the names stand among the constraints of a goal; None before :meth:`found_in`.
    """

    by_name: tuple[tuple[str, float], ...]
    columns: tuple[int, ...] | None = None

    @classmethod
    def read(cls, given: HandWeights | Mapping[str, float] | str) -> HandWeights:
        """From a mapping, or from text such as ``rank:person=0.2,flip:car=2``.

        Raises:
            ValueError: it cannot be read, or a weight lies outside [0, 2]; one sentence.
        """
        if isinstance(given, HandWeights):
            return given
        require(isinstance(given, Mapping | str), f"manual_weights = {shown(given)} cannot be read: {NOTATION}.")
        pairs = _pairs(given) if isinstance(given, str) else list(given.items())
        require(bool(pairs), "manual_weights is empty: name a constraint, such as rank:person=0.2, or leave it out.")
        return cls(tuple((_name(name), _weight(str(name), weight)) for name, weight in pairs))

    @property
    def factors(self) -> tuple[tuple[int, float], ...]:
        """Pairs of a column and a weight, once they were found."""
        return tuple(zip(self.columns or (), (weight for _, weight in self.by_name), strict=True))

    def described(self) -> dict[str, float]:
        """Name to weight, as JSON can say it and :meth:`read` takes it."""
        return dict(self.by_name)

    def found_in(self, labels: Sequence[str] | None, goal: Goal) -> Self:
        """The same with ``columns``: where the names stand in ``goal.constraints``.

        Args:
            labels: of the model; None where it has none, then labels are called by their index.
            goal: a constraint has to exist for one of its rows at least.

        Raises:
            ValueError: a label that the model has not, a constraint that the goal has not, or one named twice.
        """
        names = list(labels or map(str, range(goal.true.shape[1])))
        there = constraints_of(goal)
        found = dict(zip(zip(there.family, there.label, strict=True), range(len(there.label)), strict=True))
        exists = there.mask.any(0).tolist()
        columns = []
        for name, _ in self.by_name:
            family, _, label = name.partition(":")
            column = found.get((family, _index(name, label, names)), -1)
            require(column >= 0 and exists[column], _absent(name, family, names, there, exists))
            columns.append(column)
        require(len(set(columns)) == len(columns), "manual_weights names a constraint twice: keep one of them.")
        return replace(self, columns=tuple(columns))


def constraints_of(goal: Goal) -> Constraints:
    """Which constraints a goal has, whatever the scores: its masks, families and labels are those of any scores."""
    nothing = torch.zeros(goal.true.shape, device=goal.true.device)
    return goal.bound_to(nothing).constraints(nothing)


def _pairs(text: str) -> list[tuple[str, float]]:
    pairs = []
    for part in re.split(rf",(?=\s*(?:{'|'.join(FAMILIES)}):)", text):
        name, equals, weight = part.rpartition("=")
        try:
            pairs.append((name.strip(), float(weight)))
        except ValueError:
            equals = ""
        require(bool(equals), f"manual_weights = {shown(text)} cannot be read: {NOTATION}.")
    return pairs


def _name(name: object) -> str:
    family, colon, label = str(name).partition(":")
    require(
        bool(colon and label.strip()) and family in FAMILIES,
        f"manual_weights names {str(name)!r}: write rank, flip or keep, a colon and a label, such as rank:person.",
    )
    return f"{family}:{label.strip()}"


def _weight(name: str, weight: object) -> float:
    number = isinstance(weight, int | float) and not isinstance(weight, bool)
    require(number and 0 <= weight <= MOST, f"The weight of {name} is {weight}: choose 0 to 2.")  # type: ignore[operator]
    return float(weight)  # type: ignore[arg-type]


def _index(name: str, label: str, names: Sequence[str]) -> int:
    """The label's place; a name comes before an index, as labels may be called by numbers."""
    if label in names:
        return names.index(label)
    if label.isdecimal() and int(label) < len(names):
        return int(label)
    near = get_close_matches(label, names, 3) or list(names[:5])
    raise ValueError(
        f"manual_weights names {name} but the model has no label {label!r}: it has {len(names)} labels, "
        f"such as {', '.join(near)}."
    )


def _absent(name: str, family: str, names: Sequence[str], there: Constraints, exists: Sequence[bool]) -> str:
    """The sentence for a constraint that the goal does not have, with those of its family that it has."""
    own = [
        f"{family}:{names[label]}"
        for column, label in enumerate(there.label)
        if there.family[column] == family and exists[column]
    ]
    some = f"choose from {', '.join(own[:8])}{', …' if len(own) > 8 else ''}" if own else f"it has none of {family}"
    return f"manual_weights names {name}, which is no constraint of this goal: {some}."
