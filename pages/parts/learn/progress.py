"""How far somebody is in the course, as it stands in the address: the open idea, and the answers given so far.

``learn_answers=2.0.-.1``: option 2 was chosen for the first idea, the second was shown without an answer (0), the
third is open (-), and so on. Whatever else the address says there counts as open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pages.shared.address import carried, carry
from pages.shared.links import LEARN

SHOWN = 0  # instead of an option: "show me"
OPEN = "-"


@dataclass(frozen=True)
class Progress:
    """The open idea, from 1, and per idea the chosen option, ``SHOWN``, or None."""

    idea: int
    answers: tuple[int | None, ...]

    @classmethod
    def read(cls, idea: str, answers: str, options: Sequence[int]) -> Progress:
        """From the address, whatever it says.

        Args:
            idea: a number; out of range or no number at all means the nearest idea, or the first.
            answers: see the module.
            options: how many options each idea has.
        """
        number = int(idea) if _is_number(idea) else 1
        given = [_answer(text, most) for text, most in zip(answers.split("."), options, strict=False)]
        given += [None] * (len(options) - len(given))
        return cls(min(max(number, 1), len(options)), tuple(given))

    @property
    def answer(self) -> int | None:
        """What was answered to the open idea."""
        return self.answers[self.idea - 1]

    def answered(self, option: int | None) -> Progress:
        """With this answer to the open idea."""
        answers = list(self.answers)
        answers[self.idea - 1] = option
        return replace(self, answers=tuple(answers))

    def at(self, idea: int) -> Progress:
        """At another idea."""
        return replace(self, idea=min(max(idea, 1), len(self.answers)))

    def written(self) -> tuple[str, str]:
        """Idea and answers as the address has them."""
        given = [OPEN if answer is None else str(answer) for answer in self.answers]
        while given and given[-1] == OPEN:
            given.pop()
        return str(self.idea), ".".join(given)


def current(options: Sequence[int]) -> Progress:
    """Where the visitor is."""
    progress = Progress.read(carried(LEARN.idea.key), carried(LEARN.answers.key), options)
    keep(progress)
    return progress


def keep(progress: Progress) -> None:
    """Write it into the address."""
    idea, answers = progress.written()
    carry(LEARN.idea.key, idea)
    carry(LEARN.answers.key, answers)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 4


def _answer(text: str, most: int) -> int | None:
    return int(text) if _is_number(text) and int(text) <= most else None
