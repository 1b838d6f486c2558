"""What a study is: variants of a method, each with the value of a variable that it stands for.

The studies of the paper are rows in ``studies``; how they become tables lives in ``study_table``.
"""

from __future__ import annotations

from dataclasses import dataclass

Value = float | str


@dataclass(frozen=True)
class Variant:
    """One method of a study.

    Attributes:
        method: text for ``Method.parse``, or what the study's kind reads.
        value: of the study's variable.
        series: which line of the figure the value belongs to.
        cases: if given, only these cases of the study.
    """

    method: str
    value: Value
    series: str = "MASW"
    cases: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Study:
    """One figure, or a question of our own.

    Attributes:
        name: on the command line.
        figure: of the paper, or ``"ours"``.
        question: what it asks, one sentence.
        claim: what the paper says the answer is; empty where it says nothing.
        variable: what ``Variant.value`` is.
        variants: what is compared.
        baseline: the value that the others are compared with, image by image.
        cases, ks: the grid of the figure; cases that a method cannot do are left out.
        measures: columns of ``results.csv`` (or ``relative_afd``) that the figure shows.
        stop: see ``engine.run``; ``"never"`` where whole curves are compared.
        curves: quantities of ``curves.QUANTITIES`` drawn over the steps.
        kind: how its rows come about: ``"sweep"``, every variant is an attack of its own (``sweep``), or
            ``"patience"``, one universal run answers for all variants (``patience``).
        radii: shares of the recommended radius at which everything is measured; where there are several, they are
            the variable, and every variant is a series of its own.
    """

    name: str
    figure: str
    question: str
    claim: str
    variable: str
    variants: tuple[Variant, ...]
    baseline: Value
    cases: tuple[str, ...] = ("worst",)
    ks: tuple[int, ...] = (10,)
    measures: tuple[str, ...] = ("asr", "sasr", "lfr")
    stop: str = "success"
    curves: tuple[str, ...] = ()
    kind: str = "sweep"
    radii: tuple[float, ...] = (1.0,)

    @property
    def over_tau(self) -> bool:
        """Whether the radius is what varies."""
        return len(self.radii) > 1

    @property
    def methods(self) -> tuple[str, ...]:
        return tuple(variant.method for variant in self.variants)

    def asks(self, method: str, case: str) -> bool:
        """Whether the figure has this method in this case."""
        return any(v.method == method and (v.cases is None or case in v.cases) for v in self.variants)

    @property
    def names(self) -> dict[str, str]:
        """What people call the methods."""
        return {one.method: " ".join(part for part in (one.series, str(one.value)) if part) for one in self.variants}


def over(method: str, values: tuple[Value, ...], series: str = "MASW") -> tuple[Variant, ...]:
    """The same method at several values, which replace the braces in its text."""
    return tuple(Variant(method.format(value), value, series) for value in values)
