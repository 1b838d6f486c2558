"""Settings of attacks, models and runs: what a dataclass says of its own, their checks, and their form as text.

A setting is a field of a frozen dataclass. Its annotation is the one place that says what it may be: ``Literal[...]``
for a choice, ``int``, ``float``, ``bool`` or ``str``, with ``| None`` where something else decides. Checks, widgets and
listings read it from there.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from math import isinf
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

LONGEST_SHOWN = 80  # characters of a value in an error

Kind = Literal["choice", "bool", "int", "float", "str", "other"]
_KINDS: dict[Any, Kind] = {bool: "bool", int: "int", float: "float", str: "str"}
_TAKES: dict[Kind, tuple[type, ...]] = {"bool": (bool,), "int": (int,), "float": (int, float), "str": (str,)}
_FOUND: dict[type, tuple[Setting, ...]] = {}  # classes do not change, and every attack that is built asks


@dataclass(frozen=True)
class Setting:
    """One field of a dataclass of settings.

    Attributes:
        name: of the field.
        kind: ``"choice"`` (one of ``choices``), ``"bool"``, ``"int"``, ``"float"``, ``"str"``, or ``"other"``: a
            generator, a matrix, whatever no widget holds and nothing here checks.
        default: ``dataclasses.MISSING`` where there is none.
        choices: what a choice may be, in the order of its annotation; empty for other kinds.
        optional: whether None is allowed; it means that the model, the case or the data decide.
        note: what the docstrings say of it, one line of Markdown; empty where they say nothing.
    """

    name: str
    kind: Kind
    default: Any
    choices: tuple[Any, ...] = ()
    optional: bool = False
    note: str = ""

    def check_choice(self, value: Any) -> None:
        """Raise ``ValueError`` naming the field, the value and the choices unless ``value`` is one of them."""
        if self.kind == "choice" and not (self.optional and value is None):
            choose(self.name, value, self.choices)

    def check_kind(self, value: Any) -> None:
        """Raise ``ValueError`` unless ``value`` is the number, text or bool that the annotation asks for."""
        if self.kind not in _TAKES or (self.optional and value is None):
            return
        fits = isinstance(value, _TAKES[self.kind]) and (self.kind == "bool" or not isinstance(value, bool))
        kinds = f"{self.kind} or None" if self.optional else self.kind
        require(fits, f"{self.name} = {shown(value)} does not fit: give {kinds}.")

    def described(self) -> dict[str, Any]:
        """The setting as JSON can say it; an infinite default is the text ``"inf"``."""
        default = "inf" if isinstance(self.default, float) and isinf(self.default) else self.default
        plain = default is None or isinstance(default, bool | int | float | str)
        return {
            "name": self.name,
            "kind": self.kind,
            "choices": list(self.choices),
            "default": default if plain else None if default is MISSING else repr(default),
            "none_allowed": self.optional,
            "note": self.note,
        }


def settings_of(build: type) -> tuple[Setting, ...]:
    """The settings of a dataclass, in the order of its fields, from annotations, defaults and docstrings."""
    if build not in _FOUND:
        _FOUND[build] = tuple(_settings(build))
    return _FOUND[build]


def _settings(build: type) -> Iterator[Setting]:
    notes, annotations = _notes(build), _annotations(build)
    for field in fields(build):
        kind, choices, optional = _read(annotations.get(field.name, Any))
        default = field.default if field.default_factory is MISSING else field.default_factory()
        yield Setting(field.name, kind, default, choices, optional, notes.get(field.name, ""))


def check_choices(settings: Any) -> None:
    """Raise ``ValueError`` if a field of a dataclass instance that is annotated as a choice holds anything else."""
    for setting in settings_of(type(settings)):
        setting.check_choice(getattr(settings, setting.name))


def _annotations(build: type) -> dict[str, Any]:
    """Every field's annotation as a type; a class that names something local to a function leaves its own out."""
    found: dict[str, Any] = {}
    for owner in reversed(inspect.getmro(build)):
        try:
            found |= get_type_hints(owner)
        except (NameError, AttributeError, TypeError):
            found |= dict.fromkeys(inspect.get_annotations(owner), Any)
    return found


def _read(annotation: Any) -> tuple[Kind, tuple[Any, ...], bool]:
    """(kind, choices, whether None is allowed) of an annotation."""
    parts = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    kinds = [part for part in parts if part is not NoneType]
    optional = len(kinds) < len(parts)
    if kinds and all(get_origin(part) is Literal for part in kinds):
        choices = tuple(choice for part in kinds for choice in get_args(part))
        return "choice", tuple(choice for choice in choices if choice is not None), optional or None in choices
    if len(kinds) != 1:
        return "other", (), optional
    return _KINDS.get(kinds[0], "other"), (), optional


def _notes(build: type) -> dict[str, str]:
    """What the docstrings of a class and of its bases say about each field (their ``Attributes:`` sections)."""
    notes: dict[str, str] = {}
    for owner in reversed(inspect.getmro(build)):
        text = inspect.cleandoc(owner.__dict__.get("__doc__") or "")
        section = re.search(r"^Attributes:\n((?:[ ]+.*\n?|\n)+)", text, re.MULTILINE)
        if not section:
            continue
        for entry in re.split(r"\n(?=    \w)", "\n" + section.group(1)):
            head, colon, rest = entry.strip().partition(":")
            if colon and all(name.strip().isidentifier() for name in head.split(",")):
                for name in head.split(","):
                    notes[name.strip()] = re.sub(r"\s+", " ", rest).replace("``", "`").strip()
    return notes


def settings_from(pairs: list[str]) -> dict[str, Any]:
    """``name=value`` pairs; numbers, None and booleans are read as such, anything else as text.

    Raises:
        ValueError: a pair is not written like that.
    """
    settings: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.isidentifier():
            raise ValueError(f"Setting {shown(pair)}: write it as name=value, such as eta=1.05.")
        try:
            settings[name] = ast.literal_eval(value)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):  # whatever is no plain value is text
            settings[name] = float("inf") if value == "inf" else value
    return settings


def as_json(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as JSON can say them: an infinite radius is the text ``"inf"``, a tuple a list."""
    said = {name: list(value) if isinstance(value, tuple) else value for name, value in settings.items()}
    return {name: "inf" if value == float("inf") else value for name, value in said.items()}


def from_json(said: Mapping[str, Any], settings: Iterable[Setting]) -> dict[str, Any]:
    """The same values with the infinite ones of :func:`as_json` read back; ``settings``: which of them are numbers."""
    numbers = {setting.name for setting in settings if setting.kind == "float"}
    return {name: float("inf") if value == "inf" and name in numbers else value for name, value in said.items()}


def choose(field: str, value: Any, allowed: tuple[Any, ...]) -> None:
    """Raise ``ValueError`` naming the field, the value and the choices unless ``value`` is one of them."""
    require(value in allowed, f"{field} = {shown(value)} is unknown: choose one of {', '.join(map(str, allowed))}.")


def shown(value: Any) -> str:
    """A value as an error names it: as Python writes it, and no longer than ``LONGEST_SHOWN`` characters."""
    try:
        text = repr(value)
    except ValueError:  # a whole number of more digits than Python writes
        text = "a number too long to write"
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def require(condition: bool, sentence: str) -> None:
    if not condition:
        raise ValueError(sentence)
