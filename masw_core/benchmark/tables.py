"""The paper's tables as plans: which attacks, cases and k each of them compares, and with how many images.

A plan only names what is run; ``benchmark --table I`` runs it on any data set and model. Runtimes (S.X to S.XII) and
SAC (S.IX) are columns of the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass

LARGE = ("nuswide", "openimages")
SMALL = ("voc2012", "coco2014")
UNTARGETED = ("fgsm", "mifgsm", "mlcw", "mldf", "pgd", "mlalp", "kfool", "tkml", "lpd", "gama", "tkalc", "tkmia")
TARGETED = ("fgsm", "mifgsm", "mlcw", "mldf", "pgd", "rank1", "tkml", "tkalc", "tkmia")
UNIVERSAL = ("pgd", "kfool", "tkml", "tkalc", "tkmia")
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
        attacks: our names; MASW is the last, MADW only in the supplement.
    """

    name: str
    title: str
    datasets: tuple[str, ...]
    cases: tuple[str, ...]
    attacks: tuple[str, ...]
    ks: tuple[int, ...] = (3, 5, 10)


_SUPPLEMENT = ("madw", "masw")
TABLES = {
    plan.name: plan
    for plan in (
        TablePlan("I", "Untargeted", SMALL, ("untargeted",), (*UNTARGETED, "masw")),
        TablePlan("II", "Universal", SMALL, ("universal",), (*UNIVERSAL, "masw"), (2, 3, 5, 10)),
        TablePlan("III", "Targeted, best case", SMALL, ("best",), (*TARGETED, "masw")),
        TablePlan("IV", "Targeted, random case", SMALL, ("random",), (*TARGETED, "masw")),
        TablePlan("V", "Targeted, worst case", SMALL, ("worst",), (*TARGETED, "masw")),
        TablePlan(
            "VI", "Untargeted, large sets", LARGE, ("untargeted",), ("mlcw", "mldf", "pgd", "kfool", "tkml", "masw")
        ),
        TablePlan(
            "VII", "Universal, large sets", LARGE, ("universal",), ("pgd", "kfool", "tkml", "masw"), (2, 3, 5, 10)
        ),
        TablePlan(
            "VIII",
            "Targeted, large sets",
            LARGE,
            ("best", "random", "worst"),
            ("mlcw", "mldf", "pgd", "rank1", "tkml", "masw"),
        ),
        TablePlan("S.I", "Untargeted, with MADW", SMALL, ("untargeted",), (*UNTARGETED, *_SUPPLEMENT)),
        TablePlan("S.II", "Universal, with MADW", SMALL, ("universal",), (*UNIVERSAL, *_SUPPLEMENT), (2, 3, 5, 10)),
        TablePlan("S.III", "Targeted, best case, with MADW", SMALL, ("best",), (*TARGETED, *_SUPPLEMENT)),
        TablePlan("S.IV", "Targeted, random case, with MADW", SMALL, ("random",), (*TARGETED, *_SUPPLEMENT)),
        TablePlan("S.V", "Targeted, worst case, with MADW", SMALL, ("worst",), (*TARGETED, *_SUPPLEMENT)),
        TablePlan("S.VI", "Untargeted, large sets, with MADW", LARGE, ("untargeted",), (*UNTARGETED, *_SUPPLEMENT)),
        TablePlan(
            "S.VII",
            "Universal, large sets, with MADW",
            LARGE,
            ("universal",),
            (*UNIVERSAL, *_SUPPLEMENT),
            (2, 3, 5, 10),
        ),
        TablePlan(
            "S.VIII",
            "Targeted, large sets, with MADW",
            LARGE,
            ("best", "random", "worst"),
            (*TARGETED, *_SUPPLEMENT),
        ),
        TablePlan("S.IX", "Attack cost (column sac)", SMALL, ("best", "random", "worst"), (*TARGETED, *_SUPPLEMENT)),
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
