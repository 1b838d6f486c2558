"""Between the Compare page and the core: the attacks of an order, whether it can run, starting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages.parts.compare.methods import FEWEST, MOST, method_titles
from pages.parts.compare.state import ComparisonOrder, ComparisonRun
from pages.shared import compute

if TYPE_CHECKING:
    from masw_core.attacks import Attack


def attacks_of(order: ComparisonOrder) -> dict[str, Attack]:
    """The attacks of an order, ready to run.

    Raises:
        ValueError: the order is impossible; one sentence.
    """
    from masw_core.one_picture.comparison import attacks_for

    model, goal = compute.loaded(order.model).model, compute.goal_of(order)
    return attacks_for(order.methods, model, goal, order.steps, order.tau)


def problem_with(order: ComparisonOrder) -> str | None:
    """Why this comparison cannot run, in one sentence, or None."""
    from masw_core.benchmark.methods import Method

    if not FEWEST <= len(order.methods) <= MOST:
        return f"A comparison needs {FEWEST} to {MOST} attacks: choose some more."
    for text in order.methods:
        if not Method.parse(text).supports(order.case):
            return f"{method_titles()[text]} cannot do the {order.case} case: leave it out or choose another case."
    try:
        attacks_of(order)
    except ValueError as error:
        return str(error)
    return None


def launch(order: ComparisonOrder, opens_at: int | None = None) -> ComparisonRun:
    """Watch the comparison of an order, in line or already going.

    Args:
        order: what is compared.
        opens_at: the step of all pictures, where a link says so.

    Raises:
        ValueError: the order is impossible.
    """
    from masw_core.one_picture.comparison import ComparisonRecipe, ComparisonRecorder

    here, goal, picture = compute.loaded(order.model), compute.goal_of(order), order.picture
    attacks = attacks_of(order)
    x = compute.input_tensor(picture.digest, picture.data, order.model)
    watch = compute.watch(
        order,
        ComparisonRecipe(order.model, order.methods, x, goal, order.steps, order.tau, order.seed),
        lambda: ComparisonRecorder(
            attacks, here.model, goal, x[0].numpy(), seed=order.seed, steps=order.steps, picture=picture.name
        ),
        total=sum(attack.steps + 1 for attack in attacks.values()) - 1,
        kind="comparison",
    )
    more = {} if opens_at is None else {"opens_at": opens_at}
    return ComparisonRun(order, watch, here.device, attacks, method_titles(), **more)
