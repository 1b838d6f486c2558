"""What a query parameter is, and the parameters of a page: how links are written and read.

A parameter is a widget's key, bound to the address, so a link is a set of widget values. Links carry values as people
read them on the widget. Which parameters there are is in ``links.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import streamlit as st


@dataclass(frozen=True)
class Parameter:
    """One query parameter and its widget.

    Attributes:
        key: name of both.
        default: the widget's value while nobody has touched it; None: empty, the first choice, or what it follows.
        titles: what people read for a value, where that is another text.
        look: it changes how a result is looked at and not what is run, so opening a link leaves it as it is.
    """

    key: str
    default: Any = None
    titles: Mapping[Any, str] | None = None
    look: bool = False

    @property
    def bound(self) -> dict[str, Any]:
        """The arguments that bind a widget to the address."""
        return {"key": self.key, "bind": "query-params"}

    def bound_as(self, read: Callable[[Any], str]) -> dict[str, Any]:
        """The same for a widget that shows its values as ``read`` says them; a link carries them like that."""
        st.session_state[_read_as(self.key)] = read
        return {**self.bound, "format_func": read}

    def as_shown(self, value: Any) -> str:
        """A value as its widget shows it."""
        read = st.session_state.get(_read_as(self.key), lambda one: (self.titles or {}).get(one, str(one)))
        return str(read(value))

    @property
    def fresh(self) -> Any:
        """The default as session state wants it."""
        return list(self.default) if isinstance(self.default, tuple) else self.default

    def query(self, value: Any) -> dict[str, Any]:
        """The part of a link that sets this parameter."""
        return {self.key: self._as_read(value)}

    def _as_read(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [self._as_read(one) for one in value]
        return (self.titles or {}).get(value, str(value))


def _read_as(key: str) -> str:
    return f"_read_{key}"


@dataclass(frozen=True)
class PageLinks:
    """The parameters of a page, one field each.

    Attributes:
        file: the page's script.
        prefix: of all the page's widgets.
    """

    file: ClassVar[str]
    prefix: ClassVar[str]

    def widget(self, name: str) -> str:
        """The key of a widget (or of what a session remembers) that is no part of a link."""
        return f"{self.prefix}_{name}"

    def query(self, **values: Any) -> dict[str, Any]:
        """The query parameters that set these fields."""
        found: dict[str, Any] = {}
        for name, value in values.items():
            found |= getattr(self, name).query(value)
        return found

    def parameters(self) -> dict[str, Parameter]:
        """Every parameter by its key."""
        return {parameter.key: parameter for parameter in (getattr(self, field.name) for field in fields(self))}

    def find(self, key: str) -> Parameter | None:
        """The parameter with this key, if it is one."""
        return self.parameters().get(key)
