"""The addresses of the pages: their query parameters, what those say by default, and how links are written and read.

A parameter is a widget's key, bound to the address, so a link is a set of widget values. Links carry values as people
read them on the widget, and are kept in other people's bookmarks: a key, once here, never changes its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from masw_core.toy.names import FILM_TITLES, PROBLEM_TITLES, WEIGHTING_TITLES
from pages.shared.cases import CASES

import streamlit as st

MODE_TITLES = {"run": "Run attacks", "candidates": "Compare two points", "paint": "Paint data"}  # of the playground


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
    """The parameters of a page, one field each."""

    file: ClassVar[str]
    prefix: ClassVar[str]  # of all the page's widgets

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


@dataclass(frozen=True)
class TaskLinks(PageLinks):
    """A page that attacks one picture: the lab and Compare.

    Attributes:
        card: a link that has it forgets what was set before, see ``from_link.Opened``; its value says whence.
    """

    card: Parameter
    picture: Parameter
    model: Parameter
    case: Parameter
    k: Parameter
    true: Parameter
    seed: Parameter

    def afresh(self, origin: str, query: Mapping[str, Any]) -> dict[str, Any]:
        """A link that puts all it does not name back to the default; it names only what differs from that.

        A default that is named would not be put back: Streamlit drops it from the address.
        """
        return {self.card.key: origin, **query}


@dataclass(frozen=True)
class LabLinks(TaskLinks):
    """The Attack lab, which also has parameters for every setting of every attack."""

    file: ClassVar[str] = "pages/attack_lab.py"
    prefix: ClassVar[str] = "lab"
    card: Parameter = Parameter("lab_card")
    picture: Parameter = Parameter("lab_picture")
    model: Parameter = Parameter("lab_model")
    case: Parameter = Parameter("lab_case", "untargeted", CASES)
    k: Parameter = Parameter("lab_k", 3)
    true: Parameter = Parameter("lab_true")
    attack: Parameter = Parameter("lab_attack", "masw")
    seed: Parameter = Parameter("lab_seed", 0)
    cost: Parameter = Parameter("lab_cost", False)
    chart: Parameter = Parameter("lab_chart", look=True)
    seen: Parameter = Parameter("lab_seen", look=True)
    step: Parameter = Parameter("lab_step", look=True)  # where the player opens; no widget has it

    def setting(self, attack: str, name: str) -> Parameter:
        """A field of an attack; empty: as the preset and the model say."""
        return Parameter(f"lab_{attack}_{name}")

    def preset(self, attack: str) -> Parameter:
        return Parameter(f"lab_{attack}_preset", "default")

    def find(self, key: str) -> Parameter | None:
        from masw_core.attacks import list_attacks

        names = [info.name for info in list_attacks()]
        presets = {preset.key: preset for preset in map(self.preset, names)}
        if key in presets:
            return presets[key]
        return Parameter(key) if key.startswith(tuple(f"lab_{name}_" for name in names)) else super().find(key)


@dataclass(frozen=True)
class CompareLinks(TaskLinks):
    """Compare; methods are written with their titles."""

    file: ClassVar[str] = "pages/compare.py"
    prefix: ClassVar[str] = "cmp"
    card: Parameter = Parameter("cmp_card")
    picture: Parameter = Parameter("cmp_picture")
    model: Parameter = Parameter("cmp_model")
    case: Parameter = Parameter("cmp_case", "untargeted", CASES)
    k: Parameter = Parameter("cmp_k", 3)
    true: Parameter = Parameter("cmp_true")
    methods: Parameter = Parameter("cmp_methods", ("masw", "tkml", "pgd"))
    steps: Parameter = Parameter("cmp_steps", 40)
    tau: Parameter = Parameter("cmp_tau")
    seed: Parameter = Parameter("cmp_seed", 0)
    quantity: Parameter = Parameter("cmp_quantity", "violation", look=True)
    pictures: Parameter = Parameter("cmp_pictures", look=True)
    at: Parameter = Parameter("cmp_at", look=True)  # the step of all pictures at the same step; no widget has it


@dataclass(frozen=True)
class UniversalLinks(PageLinks):
    """Universal."""

    file: ClassVar[str] = "pages/universal.py"
    prefix: ClassVar[str] = "uni"
    model: Parameter = Parameter("uni_model")
    attack: Parameter = Parameter("uni_attack")
    k: Parameter = Parameter("uni_k", 3)
    passes: Parameter = Parameter("uni_passes", 5)
    samples: Parameter = Parameter("uni_samples", 200)
    tau: Parameter = Parameter("uni_tau")
    steps: Parameter = Parameter("uni_steps")
    batch: Parameter = Parameter("uni_batch", 10)
    patience: Parameter = Parameter("uni_patience", 3)
    seed: Parameter = Parameter("uni_seed", 0)
    held_out: Parameter = Parameter("uni_held_out", 100)
    show: Parameter = Parameter("uni_show", "First six", look=True)


@dataclass(frozen=True)
class ResultsLinks(PageLinks):
    """Results."""

    file: ClassVar[str] = "pages/results.py"
    prefix: ClassVar[str] = "res"
    view: Parameter = Parameter("res_view", "Chart")
    source: Parameter = Parameter("res_source", "Recorded here")
    set: Parameter = Parameter("res_set")
    printed: Parameter = Parameter("res_printed")
    model: Parameter = Parameter("res_model")
    k: Parameter = Parameter("res_k", "3")
    case: Parameter = Parameter("res_case")
    attacks: Parameter = Parameter("res_attacks")
    measure: Parameter = Parameter("res_measure")
    against: Parameter = Parameter("res_against")
    by: Parameter = Parameter("res_by", "asr")
    base: Parameter = Parameter("res_base", "masw")
    study: Parameter = Parameter("res_study", "weighting")
    radius: Parameter = Parameter("res_radius")
    over: Parameter = Parameter("res_over", "sasr")
    over_base: Parameter = Parameter("res_over_base", "masw+weighting=uniform")


@dataclass(frozen=True)
class PlaygroundLinks(PageLinks):
    """The playground; what depends on the problem has one parameter per problem."""

    file: ClassVar[str] = "pages/playground.py"
    prefix: ClassVar[str] = "play"
    problem: Parameter = Parameter("play_problem", "film", PROBLEM_TITLES)
    mode: Parameter = Parameter("play_mode", "run", MODE_TITLES)
    attacks: Parameter = Parameter("play_attacks", tuple(FILM_TITLES), FILM_TITLES)
    weighting: Parameter = Parameter("play_weighting", ("spw",), WEIGHTING_TITLES)
    steps: Parameter = Parameter("play_steps", 200)
    step: Parameter = Parameter("play_step", 0.03)
    tau: Parameter = Parameter("play_tau", 2.5)
    rule: Parameter = Parameter("play_rule", "unit")
    space: Parameter = Parameter("play_space", "logit")
    epsilon: Parameter = Parameter("play_epsilon", 0.1)
    eta: Parameter = Parameter("play_eta", 1.01)
    tint: Parameter = Parameter("play_tint", "predicted")
    view: Parameter = Parameter("play_view", "regions")
    brush: Parameter = Parameter("play_brush", ("1",))
    at: Parameter = Parameter("play_at", look=True)  # where the player opens; no widget has it

    def of_problem(self, problem: str, name: str, default: Any = None) -> Parameter:
        return Parameter(f"play_{problem}_{name}", default)

    def find(self, key: str) -> Parameter | None:
        own = key.startswith(tuple(f"play_{problem}_" for problem in PROBLEM_TITLES))
        return Parameter(key) if own else super().find(key)


@dataclass(frozen=True)
class LearnLinks(PageLinks):
    """The course: which idea is open, and what was answered so far."""

    file: ClassVar[str] = "pages/learn.py"
    prefix: ClassVar[str] = "learn"
    idea: Parameter = Parameter("learn_idea", 1)
    answers: Parameter = Parameter("learn_answers", "")


LEARN, LAB, COMPARE = LearnLinks(), LabLinks(), CompareLinks()
UNIVERSAL, RESULTS, PLAYGROUND = UniversalLinks(), ResultsLinks(), PlaygroundLinks()
ALL_LINKS: tuple[PageLinks, ...] = (LAB, COMPARE, UNIVERSAL, RESULTS, PLAYGROUND)
