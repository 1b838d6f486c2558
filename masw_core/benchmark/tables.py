"""The paper's tables as plans: which attacks, cases and k each of them compares, and with how many images.

A plan only names what is run; ``benchmark --table I`` runs it on any data set and model. Which attacks stand in a table
is what they say of themselves (``PaperRow``). Runtimes (S.X to S.XII) and SAC (S.IX) are columns of the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass

from masw_core.attacks import list_attacks

LARGE = ("nuswide", "openimages")
SMALL = ("voc2012", "coco2014")
EVALUATED = 1000  # images in the paper's X_v
SEEDS = 3


@dataclass(frozen=True)
class TablePlan:
    """One table of the paper.

    Attributes:
        name: its number, such as ``"I"`` or ``"S.IV"``.
        title: what it compares.
        datasets: where the paper measured it.
        cases: of ``summary.CASE_ORDER``.
        ks: top-k.
    """

    name: str
    title: str
    datasets: tuple[str, ...]
    cases: tuple[str, ...]
    ks: tuple[int, ...] = (3, 5, 10)

    @property
    def attacks(self) -> tuple[str, ...]:
        """Our names of the attacks in it, in the paper's order; MASW is the last, MADW only in the supplement."""
        kind = self.cases[0] if self.cases[0] in ("untargeted", "universal") else "targeted"
        supplement, large = self.name.startswith("S."), self.datasets == LARGE
        rows = {info.name: info.in_paper for info in list_attacks() if info.in_paper and kind in info.in_paper.kinds}
        shown = {name: row.place for name, row in rows.items() if supplement or (row.main and (row.large or not large))}
        return tuple(sorted(shown, key=shown.__getitem__))


_TARGETED = ("best", "random", "worst")
_UNIVERSAL_KS = (2, 3, 5, 10)
TABLES = {
    plan.name: plan
    for plan in (
        TablePlan("I", "Untargeted", SMALL, ("untargeted",)),
        TablePlan("II", "Universal", SMALL, ("universal",), _UNIVERSAL_KS),
        TablePlan("III", "Targeted, best case", SMALL, ("best",)),
        TablePlan("IV", "Targeted, random case", SMALL, ("random",)),
        TablePlan("V", "Targeted, worst case", SMALL, ("worst",)),
        TablePlan("VI", "Untargeted, large sets", LARGE, ("untargeted",)),
        TablePlan("VII", "Universal, large sets", LARGE, ("universal",), _UNIVERSAL_KS),
        TablePlan("VIII", "Targeted, large sets", LARGE, _TARGETED),
        TablePlan("S.I", "Untargeted, with MADW", SMALL, ("untargeted",)),
        TablePlan("S.II", "Universal, with MADW", SMALL, ("universal",), _UNIVERSAL_KS),
        TablePlan("S.III", "Targeted, best case, with MADW", SMALL, ("best",)),
        TablePlan("S.IV", "Targeted, random case, with MADW", SMALL, ("random",)),
        TablePlan("S.V", "Targeted, worst case, with MADW", SMALL, ("worst",)),
        TablePlan("S.VI", "Untargeted, large sets, with MADW", LARGE, ("untargeted",)),
        TablePlan("S.VII", "Universal, large sets, with MADW", LARGE, ("universal",), _UNIVERSAL_KS),
        TablePlan("S.VIII", "Targeted, large sets, with MADW", LARGE, _TARGETED),
        TablePlan("S.IX", "Attack cost (column sac)", SMALL, _TARGETED),
    )
}


def table_plan(name: str) -> TablePlan:
    """A plan by the table's number.

    Raises:
        ValueError: the paper has no such table of attacks.
    """
    if name not in TABLES:
        raise ValueError(f"There is no plan for table {name!r}: choose one of {', '.join(TABLES)}.")
    return TABLES[name]
