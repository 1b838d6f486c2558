"""A dataclass's annotations are the one source of what its settings may be."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field
from typing import Any, ClassVar, Literal, Optional

from masw_core import list_attacks, load_attack
from masw_core.settings import check_choices, settings_of

import pytest

Colour = Literal["red", "green"]


@dataclass(frozen=True)
class Paint:
    """What paint is.

    Attributes:
        colour: what people see.
        layers, coats: how many, on
            top of each other.
    """

    size: int
    kind: ClassVar[str] = "oil"
    colour: Colour = "red"
    ground: Colour | Literal["bare"] | None = None
    gloss: Literal["matt", None] = "matt"
    layers: int = 2
    coats: Optional[int] = None  # noqa: UP045
    width: float = float("inf")
    share: int | float = 1
    dry: bool = True
    name: str = "x"
    parts: tuple[int, ...] = ()
    made: list[int] = field(default_factory=lambda: [1])
    anything: Any = None
    mixed: int | str = 3


@dataclass(frozen=True)
class Varnish(Paint):
    """Attributes:
    colour: another one.
    """

    colour: Literal["clear"] = "clear"  # type: ignore[assignment]


def test_annotations_say_everything():
    found = {setting.name: setting for setting in settings_of(Paint)}
    assert "kind" not in found
    assert {name: (one.kind, one.optional) for name, one in found.items()} == {
        "size": ("int", False),
        "colour": ("choice", False),
        "ground": ("choice", True),
        "gloss": ("choice", True),
        "layers": ("int", False),
        "coats": ("int", True),
        "width": ("float", False),
        "share": ("other", False),
        "dry": ("bool", False),
        "name": ("str", False),
        "parts": ("other", False),
        "made": ("other", False),
        "anything": ("other", False),
        "mixed": ("other", False),
    }
    assert found["colour"].choices == ("red", "green")
    assert found["ground"].choices == ("red", "green", "bare")
    assert found["gloss"].choices == ("matt",)
    assert found["size"].default is MISSING
    assert found["made"].default == [1]
    assert found["coats"].note == found["layers"].note == "how many, on top of each other."
    assert found["width"].described()["default"] == "inf"


def test_a_subclass_narrows_what_its_base_says():
    found = {setting.name: setting for setting in settings_of(Varnish)}
    assert found["colour"].choices == ("clear",)
    assert found["layers"].kind == "int"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"colour": "blue"}, "colour = 'blue' is unknown: choose one of red, green."),
        ({"colour": None}, "colour = None is unknown: choose one of red, green."),
        ({"colour": 3}, "colour = 3 is unknown: choose one of red, green."),
        ({"ground": "wet"}, "ground = 'wet' is unknown: choose one of red, green, bare."),
        ({"gloss": "wet"}, "gloss = 'wet' is unknown: choose one of matt."),
    ],
)
def test_an_unknown_choice_gets_one_sentence(settings, sentence):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        check_choices(Paint(1, **settings))
    assert str(caught.value) == sentence


def test_known_choices_and_none_where_it_is_allowed_pass():
    check_choices(Paint(1, colour="green", ground="bare", gloss=None, mixed=None, anything="whatever"))


def test_an_annotation_that_cannot_be_read_takes_anything():
    class Local:
        pass

    @dataclass(frozen=True)
    class Odd(Paint):
        own: Local | None = None

    found = {setting.name: setting for setting in settings_of(Odd)}
    assert found["own"].kind == "other"
    assert found["colour"].kind == "choice"
    check_choices(Odd(1, own=Local()))
    with pytest.raises(ValueError, match="choose one of red, green"):
        check_choices(Odd(1, colour="blue"))


CHOICES = [
    pytest.param(info.name, setting, id=f"{info.name}-{setting.name}")
    for info in list_attacks()
    for setting in info.settings
    if setting.kind == "choice"
]


@pytest.mark.parametrize(("name", "setting"), CHOICES)
def test_attacks_take_each_of_their_choices_and_no_other(name, setting):
    sentence = f"{setting.name} = 'magic' is unknown: choose one of {', '.join(setting.choices)}."
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        load_attack(name, **{setting.name: "magic"})
    assert str(caught.value) == sentence
    for choice in setting.choices:
        assert getattr(load_attack(name, **{setting.name: choice}), setting.name) == choice


def test_attacks_have_choices_where_they_take_names():
    found = {info.name: {one.name: one.kind for one in info.settings} for info in list_attacks()}
    assert found["mldf"]["variant"] == found["mldf"]["space"] == found["kfool"]["variant"] == "choice"
    assert found["mlcw"]["penalty"] == found["tkmia"]["mode"] == found["pgd"]["step_rule"] == "choice"
