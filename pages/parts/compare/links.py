"""The ways between the lab and the Compare page: the same picture, goal and settings on the other side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pages.parts.compare.methods import SAME, method_titles
from pages.parts.lab.links import attack_and_settings, written
from pages.shared.links import COMPARE, LAB
from pages.shared.task_link import task_query

if TYPE_CHECKING:
    from pages.parts.compare.state import ComparisonOrder, ComparisonRun
    from pages.parts.lab.state import Order


def lab_query(run: ComparisonRun, method: str) -> dict[str, Any]:
    """The lab with one attack of a comparison, set as it was run here."""
    from masw_core.benchmark.methods import Method
    from masw_core.models import list_models

    order, attack = run.order, run.attacks[method]
    model = next(info for info in list_models() if info.name == order.model)
    settings = attack_and_settings(Method.parse(method), model, order.case, attack.steps, float(attack.tau or "nan"))
    return LAB.afresh("compare", {**task_query(order, LAB), **settings})


def own_query(order: ComparisonOrder, at: int | None) -> dict[str, Any]:
    """The Compare page set as a comparison was; ``at``: with all pictures at this step."""
    titles, page = method_titles(), COMPARE
    query = task_query(order, page)
    if order.methods != page.methods.default:
        query |= page.query(methods=[titles[method] for method in order.methods])
    query |= page.query(steps=order.steps) if order.steps != page.steps.default else {}
    query |= page.query(tau=written(order.tau)) if order.tau is not None else {}
    return query if at is None else query | page.query(pictures=SAME, at=at)


def compare_query(order: Order) -> dict[str, Any]:
    """The Compare page with the task of a run in the lab, its attack beside the usual ones."""
    usual = COMPARE.methods.default
    query = task_query(order, COMPARE)
    if order.attack not in usual:
        query |= COMPARE.query(methods=[method_titles()[method] for method in (*usual, order.attack)])
    return COMPARE.afresh("lab", query)
