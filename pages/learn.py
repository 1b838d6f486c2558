"""Learn: a short course, one idea at a time; each asks for a prediction before it shows. The first opens without torch."""

from pages.parts.learn.frame import show_course
from pages.parts.learn.words import show_glossary
from pages.shared.lesson import presenting
from pages.shared.shell import ensure_router

ensure_router()

show_course()
if not presenting():
    show_glossary()
