"""From a row of a table to a run in the attack lab: the query parameters that set the lab's controls alike.

The same attack, case, k, number of steps and ball, on a sample picture of the kind that the row's model was made
for. Importing this module needs no torch, calling it does: the registry of attacks is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pages.parts.lab.links import attack_and_settings
from pages.shared.cases import CASES
from pages.shared.links import LAB

if TYPE_CHECKING:
    from masw_core.data.samples import Sample
    from masw_core.models import ModelInfo

OTHER_MODEL = "scenes-robust"  # for rows of models that are not here, such as the paper's


@dataclass(frozen=True)
class Example:
    """A link to the lab.

    Attributes:
        query: its query parameters, the values as people read them.
        picture: title of the sample picture.
        note: what differs from the row, a sentence, or nothing.
    """

    query: dict[str, Any]
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
    query = _picture_and_model(picture, info)
    query |= LAB.query(case=case) if case != LAB.case.default else {}
    query |= LAB.query(k=k) if k != LAB.k.default else {}
    query |= attack_and_settings(method, info, case, steps, tau)
    note = "" if known else f"The lab does not have the model {model}, so this opens on {info.title}."
    return Example(LAB.afresh("results", query), picture.title, note)


def _picture_for(info: ModelInfo) -> Sample:
    """The sample with the most labels among those made for the model, else among those of its kind."""
    from masw_core.data.samples import list_samples
    from masw_core.models import list_models

    kind = {one.name: one.images for one in list_models()}
    own = [one for one in list_samples() if one.model == info.name]
    alike = [one for one in list_samples() if kind[one.model] == info.images]
    return max(own or alike, key=lambda one: len(one.labels))


def _picture_and_model(picture: Sample, info: ModelInfo) -> dict[str, Any]:
    from masw_core.data.samples import list_samples

    query = LAB.query(picture=picture.title) if picture is not list_samples()[0] else {}
    return query | (LAB.query(model=info.title) if picture.model != info.name else {})
