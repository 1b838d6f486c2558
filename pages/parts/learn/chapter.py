"""What an idea of the course is made of: a little text, a question to predict, a live figure, and what it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Option:
    """A possible answer, and what is said to those who give it."""

    text: str
    why: str
    right: bool = False


@dataclass(frozen=True)
class Chapter:
    """One idea.

    Attributes:
        key: short name, for widgets.
        title: the idea in a few words.
        text: what one needs to know for the question, in Markdown.
        question: what to predict.
        options: one of them is right.
        figure: draws the figure; told whether the question is answered, so that it gives nothing away.
        after: what there is to see then, in Markdown.
        terms: keys of the glossary that the text uses.
    """

    key: str
    title: str
    text: str
    question: str
    options: tuple[Option, ...]
    figure: Callable[[bool], None]
    after: str
    terms: tuple[str, ...]

    @property
    def right(self) -> int:
        """The number of the right option, from 1."""
        return next(number for number, option in enumerate(self.options, start=1) if option.right)
