"""The ways between the lab and the Compare page: the same picture, goal and settings on the other side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pages.parts.compare.methods import method_titles
from pages.parts.lab.links import attack_and_settings
from pages.shared import compute
from pages.shared.links import COMPARE, LAB, TaskLinks
from pages.shared.task import Task
from pages.shared.upload import UPLOAD

if TYPE_CHECKING:
    from pages.parts.compare.state import ComparisonRun
    from pages.parts.lab.state import Order


def lab_query(run: ComparisonRun, method: str) -> dict[str, Any]:
    """The lab with one attack of a comparison, set as it was run here."""
    from masw_core.benchmark.methods import Method
    from masw_core.models import list_models

    order, attack = run.order, run.attacks[method]
    model = next(info for info in list_models() if info.name == order.model)
    settings = attack_and_settings(Method.parse(method), model, order.case, attack.steps, float(attack.tau or "nan"))
    return LAB.afresh("compare", {**_task_query(order, LAB), **settings})


def compare_query(order: Order) -> dict[str, Any]:
    """The Compare page with the task of a run in the lab, its attack beside the usual ones."""
    usual = COMPARE.methods.default
    query = _task_query(order, COMPARE)
    if order.attack not in usual:
        query |= COMPARE.query(methods=[method_titles()[method] for method in (*usual, order.attack)])
    return COMPARE.afresh("lab", query)


def _task_query(task: Task, page: TaskLinks) -> dict[str, Any]:
    """Only what differs from the defaults; an upload has to be chosen again."""
    from masw_core.data.samples import list_samples
    from masw_core.models import list_models

    titles = [sample.title for sample in list_samples()]
    picture = task.picture.name if task.picture.name in titles else UPLOAD
    values: dict[str, Any] = {"picture": picture} if picture != titles[0] else {}
    if task.model != task.picture.model:
        values["model"] = next(info.title for info in list_models() if info.name == task.model)
    if task.case != page.case.default:
        values["case"] = task.case
    if task.k != page.k.default:
        values["k"] = task.k
    if list(task.true) != compute.proposed_labels(task.picture, task.model):
        values["true"] = list(task.true)
    return page.query(**values)
