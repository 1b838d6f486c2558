"""The course: its ideas in their order. A new idea is a file of its own and a row here."""

from __future__ import annotations

from pages.parts.learn.algorithm import ALGORITHM
from pages.parts.learn.chapter import Chapter
from pages.parts.learn.conflict import CONFLICT
from pages.parts.learn.goals import GOALS
from pages.parts.learn.huber import HUBER
from pages.parts.learn.labels import LABELS
from pages.parts.learn.measured import MEASURED
from pages.parts.learn.slack import SLACK
from pages.parts.learn.ties import TIES

CHAPTERS: tuple[Chapter, ...] = (LABELS, TIES, SLACK, CONFLICT, ALGORITHM, HUBER, GOALS, MEASURED)
