"""Learn: a short course, one idea at a time, with a question before each answer. Its first idea needs no torch."""

from pages.parts.learn.frame import show_course
from pages.parts.learn.words import show_glossary
from pages.shared.lesson import presenting
from pages.shared.shell import ensure_router

ensure_router()

show_course()
if not presenting():
    show_glossary()
