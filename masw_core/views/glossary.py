"""The words and symbols of the method, each with one sentence and where the paper defines it. No torch.

One table: tooltips of the explorer, the course and its glossary all read it, so that a symbol means the same
everywhere. Settings of attacks that are no symbols of the paper are explained by the attacks' docstrings.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One row.

    Attributes:
        key: how code asks for it; a setting of an attack has the setting's name.
        symbol: as the paper and the pages write it; empty for a word without one.
        name: in words.
        sentence: what it means, in one sentence.
        equation: where the paper has it; empty where the word is ours.
    """

    key: str
    symbol: str
    name: str
    sentence: str
    equation: str = ""

    @property
    def heading(self) -> str:
        """Symbol and name."""
        return ", ".join(part for part in (self.symbol, self.name) if part)

    @property
    def markdown(self) -> str:
        """The row as a line of Markdown."""
        heading = self.heading.replace("*", r"\*")
        return f"**{heading}:** {self.sentence}" + f" ({self.equation})" * bool(self.equation)


GLOSSARY = (
    Term("image", "x", "clean picture", "The picture before the attack; its pixels lie between -1 and 1."),
    Term("perturbation", "z", "perturbation", "What the attack adds to the picture.", "Eq. 8"),
    Term("scores", "f", "score", "What the network says of a label: a logit, predicted at 0 or more.", "Eq. 8"),
    Term("true", "Y", "true labels", "The labels that the picture really has; the attack has to remove them.", "Eq. 1"),
    Term("target", "Yₜ", "targets", "The k labels that must become the top k in a targeted attack.", "Eq. 12"),
    Term("k", "k", "top k", "How many of the highest scores count.", "Eq. 1"),
    Term("kth", "f[k]", "score at rank k", "The k-th highest score, a border that moves with the picture.", "Eq. 8"),
    Term(
        "case",
        "",
        "case",
        "Untargeted: every true label must leave the top k and fall below 0.5. Best, random and worst case: the top k "
        "must become exactly k target labels, the likeliest ones, random ones or the least likely ones.",
        "Eqs. 7 and 12",
    ),
    Term("constraint", "CT", "constraint", "One demand on one label, as a number that must be at least 0.", "Eq. 11"),
    Term("rank", "CT′", "rank constraint", "A label must be on its side of the border of the top k.", "Eq. 8"),
    Term("flip", "CT″", "flip constraint", "A true label must fall below 0.5, that is, below logit 0.", "Eq. 10"),
    Term("slack", "ζ", "slack", "What a constraint still lacks: max(0, -CT), and 0 once it is met.", "Eqs. 11 and 16"),
    Term("margin", "", "margin", "By how much a constraint must be met before its slack is 0; the paper has none."),
    Term("weights", "w", "weights", "How hard each constraint may pull, between 0 and 1.", "Eqs. 14 and 24"),
    Term("pull", "", "pull", "What a constraint puts into the step: weight × balance λ × slack.", "Eq. 17"),
    Term("epsilon", "ε", "threshold", "A slack above it is hard and pulls with a weight below 1.", "Eq. 24"),
    Term(
        "epsilon0",
        "ε⁰",
        "first threshold",
        "Where ε starts; relative, it is a share of the first largest slack, which we call the knee.",
        "Alg. 1, line 1",
    ),
    Term("eta", "η", "growth of ε", "The factor by which ε grows where the Lagrangian fell.", "Alg. 1, line 5"),
    Term("lagrangian", "L", "Lagrangian", "What MASW lowers: the weighted sum of squared slack.", "Eqs. 14 and 23"),
    Term("lambda1", "λ₁", "balance of rank constraints", "How much rank constraints count.", "Eq. 11"),
    Term("lambda2", "λ₂", "balance of flip constraints", "How much flip constraints count.", "Eq. 11"),
    Term("nu", "ν", "multiplier", "How much a met constraint is rewarded, in the forms that do so.", "Eq. 23"),
    Term("tau", "τ", "radius", "The largest L2 norm that a perturbation may have, pixels in [-1, 1].", "P_τ in Sec. V"),
    Term("steps", "T", "steps", "At most so many updates.", "Alg. 1, line 2"),
    Term("step_size", "", "step length", "How far one update goes; unit steps have this L2 length whatever the slope."),
    Term("best", "z*", "returned point", "The success with the smallest norm, else the smallest failure.", "Alg. 1"),
    Term("spw", "SPW", "self-paced weighting", "Eq. 24 with an ε that grows while the Lagrangian falls.", "Alg. 1"),
    Term("spl", "SPL", "self-paced learning", "Eq. 24 with an ε that grows at every step.", "Fig. 9"),
    Term("fixed", "FE", "fixed ε", "Eq. 24 with ε as it starts.", "Fig. 9"),
    Term("uniform", "", "uniform weights", "Every constraint pulls with weight 1.", "Fig. 3"),
    Term("manual", "", "weights by hand", "Each constraint pulls as hard as somebody says.", "Fig. 2"),
    Term("threshold", "", "hard threshold", "A slack above ε does not pull at all.", "before Eq. 24"),
    Term("lc", "LC", "label consistency", "1 if one of the sets Y and top k contains the other, else 0.", "Eq. 1"),
    Term("slc", "SLC", "soft label consistency", "The share of the true labels (or targets) in the top k.", "Eq. 5"),
    Term("lf", "LF", "label flip", "1 if any true label is still predicted, else 0.", "Eq. 2"),
    Term("slf", "SLF", "soft label flip", "The share of the true labels that are still predicted.", "Eq. 6"),
    Term("ac", "AC", "attack cost", "1 if the prediction of any other label changed, else 0.", "Eq. 3"),
    Term("soft_ac", "soft AC", "soft attack cost", "The share of other labels whose prediction changed.", "Eq. S.2"),
    Term(
        "afd",
        "AFD",
        "attack failure degree",
        "What is missing of the goal, 0 to 2: SLC plus SLF, with targets 1 - SLC plus SLF.",
        "Eqs. 7 and 12",
    ),
    Term("asr", "ASR", "attack success rate", "The share of pictures whose whole goal is reached.", "Eq. 25"),
    Term("sasr", "SASR", "soft success rate", "How much of the top-k goal is reached, on average.", "Eq. 26"),
    Term("lfr", "LFR", "label flip rate", "The share of true labels that fell below 0.5.", "Eq. 28"),
    Term("sac", "SAC", "1 - soft attack cost", "The share of other labels that kept their prediction.", "Eq. S.5"),
    Term("norm", "‖z‖₂", "norm", "The L2 length of the perturbation, pixels in [-1, 1]."),
    Term("pert_eq27", "Pert", "size", "The norm over the number of pixels.", "Eq. 27"),
    Term("fluctuation", "", "fluctuation", "How much of a curve's movement goes upwards, though it should fall."),
    Term("universal", "MASW-Uv", "universal attack", "One perturbation that fools many pictures.", "Alg. 2"),
    Term("patience", "E", "patience", "So many passes without a gain end a universal attack.", "Alg. 2"),
)
_BY_KEY = {term.key: term for term in GLOSSARY}


def term(key: str) -> Term:
    """The row with this key.

    Raises:
        KeyError: there is none.
    """
    return _BY_KEY[key]


def has_term(key: str) -> bool:
    """Whether the table has this key."""
    return key in _BY_KEY


def tooltip(*keys: str, more: str = "") -> str:
    """What hovers over a control or a number: its terms in Markdown, and what is particular to that place.

    Raises:
        KeyError: a key is in no row.
    """
    return "  \n".join([*(row.markdown for row in map(term, keys)), *([more] if more else [])])


def found(words: str) -> list[Term]:
    """The rows in which every one of these words occurs, whatever their case; all rows for no word."""
    parts = words.lower().split()
    return [row for row in GLOSSARY if all(part in row.markdown.lower() for part in parts)]
