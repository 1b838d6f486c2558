"""The ways between the lab and the Compare page: the same picture, goal and settings on the other side."""

from __future__ import annotations

from typing import Any

from pages.parts.compare.controls import FIRST, PAGE, method_titles
from pages.parts.compare.state import ComparisonRun
from pages.parts.results.example import DEFAULT_K, attack_and_settings
from pages.shared import compute
from pages.shared.cards import CARD, COMPARE_CARD
from pages.shared.controls import CASES
from pages.shared.state import Order, Task
from pages.shared.upload import UPLOAD


def lab_query(run: ComparisonRun, method: str) -> dict[str, Any]:
    """The lab with one attack of a comparison, set as it was run here."""
    from masw_core.benchmark.methods import Method
    from masw_core.models import list_models

    order, attack = run.order, run.attacks[method]
    model = next(info for info in list_models() if info.name == order.model)
    settings = attack_and_settings(Method.parse(method), model, order.case, attack.steps, float(attack.tau or "nan"))
    return {CARD: "compare", **_task_query(order, "lab"), **settings}


def compare_query(order: Order) -> dict[str, Any]:
    """The Compare page with the task of a run in the lab, its attack beside the usual ones."""
    methods = list(dict.fromkeys([*FIRST, order.attack]))
    chosen = {f"{PAGE}_methods": [method_titles()[method] for method in methods]} if len(methods) > len(FIRST) else {}
    return {COMPARE_CARD: "lab", **_task_query(order, PAGE), **chosen}


def _task_query(task: Task, page: str) -> dict[str, Any]:
    """Only what differs from the defaults; an upload has to be chosen again."""
    from masw_core.data.samples import list_samples
    from masw_core.models import list_models

    titles = [sample.title for sample in list_samples()]
    picture = task.picture.name if task.picture.name in titles else UPLOAD
    query: dict[str, Any] = {"picture": picture} if picture != titles[0] else {}
    if task.model != task.picture.model:
        query["model"] = next(info.title for info in list_models() if info.name == task.model)
    if task.case != "untargeted":
        query["case"] = CASES[task.case]
    if task.k != DEFAULT_K:
        query["k"] = str(task.k)
    if list(task.true) != compute.proposed_labels(task.picture, task.model):
        query["true"] = list(task.true)
    return {f"{page}_{name}": value for name, value in query.items()}
