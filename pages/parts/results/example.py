"""From a row of a table to a run in the attack lab: the query parameters that set the lab's controls alike.

The same attack, case, k, number of steps and ball, on a sample picture of the kind that the row's model was made
for. Importing this module needs no torch, calling it does: the registry of attacks is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from pages.parts.lab.advanced import NAMES
from pages.shared.cards import CARD
from pages.shared.controls import CASES

if TYPE_CHECKING:
    from masw_core.attacks import Attack
    from masw_core.benchmark.methods import Method
    from masw_core.data.samples import Sample
    from masw_core.models import ModelInfo

DEFAULT_K = 3
OTHER_MODEL = "scenes-robust"  # for rows of models that are not here, such as the paper's


@dataclass(frozen=True)
class Example:
    """A link to the lab.

    Attributes:
        query: its query parameters, the values as people read them.
        picture: title of the sample picture.
        note: what differs from the row, a sentence, or nothing.
    """

    query: dict[str, str]
    picture: str
    note: str


def example_of(model: str, case: str, k: int, attack: str, steps: float, tau: float) -> Example:
    """An example of one cell; ``steps`` and ``tau`` are NaN where the table does not say.

    Raises:
        ValueError: the lab cannot do it; one sentence.
    """
    from masw_core.benchmark.methods import Method
    from masw_core.models import list_models

    if case not in CASES:
        raise ValueError(f"The lab attacks one picture at a time, so the {case} case cannot be opened there.")
    try:
        method = Method.parse(attack)
    except ValueError as error:
        raise ValueError(f"`{attack}` cannot be run here. {error}") from error
    if not method.supports(case):
        raise ValueError(f"`{attack}` cannot do the {CASES[case].lower()}: choose a cell with a number in it.")
    infos = {info.name: info for info in list_models()}
    known = model in infos
    info = infos[model if known else OTHER_MODEL]
    picture = _picture_for(info)
    query = {CARD: "results", **_picture_and_model(picture, info)}
    query |= {"lab_case": CASES[case]} if case != "untargeted" else {}
    query |= {"lab_k": str(k)} if k != DEFAULT_K else {}
    query |= attack_and_settings(method, info, case, steps, tau)
    note = "" if known else f"The lab does not have the model {model}, so this opens on {info.title}."
    return Example(query, picture.title, note)


def _picture_for(info: ModelInfo) -> Sample:
    """The sample with the most labels among those made for the model, else among those of its kind."""
    from masw_core.data.samples import list_samples
    from masw_core.models import list_models

    kind = {one.name: one.images for one in list_models()}
    own = [one for one in list_samples() if one.model == info.name]
    alike = [one for one in list_samples() if kind[one.model] == info.images]
    return max(own or alike, key=lambda one: len(one.labels))


def _picture_and_model(picture: Sample, info: ModelInfo) -> dict[str, str]:
    from masw_core.data.samples import list_samples

    query = {"lab_picture": picture.title} if picture is not list_samples()[0] else {}
    return query | ({"lab_model": info.title} if picture.model != info.name else {})


def attack_and_settings(method: Method, model: ModelInfo, case: str, steps: float, tau: float) -> dict[str, str]:
    """The query parameters that set the lab's attack, its preset and every setting that is not the preset's."""
    from masw_core.attacks import attack_info

    info = attack_info(method.name)
    query = {"lab_attack": info.title} if info.name != "masw" else {}
    query |= {f"lab_{info.name}_preset": method.preset} if method.preset != "default" else {}
    recommended = model.recommended_tau.get(case)
    attack = _as_measured(method, steps, recommended if tau != tau else tau)
    preset = info.presets[method.preset]
    for field in fields(info.build):  # type: ignore[arg-type]
        value, shown = getattr(attack, field.name), preset.get(field.name, field.default)
        if field.name == "tau" and shown is None:
            shown = recommended
        if value != shown and (text := _as_read(value)) is not None:
            query[f"lab_{info.name}_{field.name}"] = text
    return query


def _as_measured(method: Method, steps: float, tau: float | None) -> Attack:
    """The attack of the row: ``steps`` is what it really took, after the allowance of the comparison."""
    from masw_core.attacks.base import LossAttack

    if steps != steps:
        attack = method.attack(None, tau or 1.0)
        return attack if tau else replace(attack, tau=None)
    attack = method.attack(int(steps), tau or 1.0)
    return attack if isinstance(attack, LossAttack) else replace(attack, steps=int(steps))


def _as_read(value: Any) -> str | None:
    """A setting as the lab's links have it; None if the lab has no widget for such a value."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:.6g}"
    if isinstance(value, str):
        return NAMES.get(value, value)
    return None
