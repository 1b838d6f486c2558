"""A task as the part of a link that sets it, on any page that attacks one picture."""

from __future__ import annotations

from typing import Any

from pages.shared import compute
from pages.shared.links import TaskLinks
from pages.shared.task import Task
from pages.shared.upload import UPLOAD


def task_query(task: Task, page: TaskLinks) -> dict[str, Any]:
    """Only what differs from the defaults; a picture that is no sample has to be chosen again."""
    from masw_core.data.samples import list_samples
    from masw_core.models import list_models

    picture = UPLOAD if task.picture.sent else task.picture.name
    values: dict[str, Any] = {"picture": picture} if picture != list_samples()[0].title else {}
    if task.model != task.picture.model:
        values["model"] = next(info.title for info in list_models() if info.name == task.model)
    if task.case != page.case.default:
        values["case"] = task.case
    if task.k != page.k.default:
        values["k"] = task.k
    if set(task.true) != set(compute.proposed_labels(task.picture, task.model)):
        values["true"] = list(task.true)
    if task.seed != page.seed.default:
        values["seed"] = task.seed
    if task.attack_cost:
        values["cost"] = "true"
    return page.query(**values)
