"""One plain sentence about a step, read off the trace: what changed, which branch of Algorithm 1 was taken, why.

Rules only, no model: every word follows from numbers that the panels show. Nothing here draws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from masw_core.weighting.branches import FELL, ROSE

import numpy as np

if TYPE_CHECKING:
    from masw_core.trace.trace import Trace

FULL = 0.995  # a weight above this counts as full


def narrate(trace: Trace, step: int) -> str:
    """What step ``step`` did and why, in one sentence.

    Raises:
        IndexError: the run has no such step.
    """
    if not 0 <= step < len(trace):
        raise IndexError(f"The run has steps 0 to {len(trace) - 1}, not {step}.")
    parts = [_opening(trace)] if step == 0 else [_what_changed(trace, step), _branch(trace, step)]
    parts.append(_hardest(trace, step))
    sentence = "; ".join(part for part in parts if part)
    return sentence[0].upper() + sentence[1:] + "."


def _opening(trace: Trace) -> str:
    header, top = trace.header, _top(trace, 0)
    names = _names(trace, top)
    if header["target"] is None:
        inside = len(set(header["true"]) & top)
        todo = f"{inside} of {len(header['true'])} true labels must leave it"
    else:
        todo = f"it must become {_names(trace, header['target'], most=5)}"
    if trace.success[0]:
        return f"the untouched picture already meets the goal: its top {header['k']} is {names}"
    return f"this is the untouched picture, its top {header['k']} is {names} and {todo}"


def _what_changed(trace: Trace, step: int) -> str:
    k, before, now = trace.header["k"], _top(trace, step - 1), _top(trace, step)
    changes = []
    if trace.success[step] and not trace.success[:step].any():
        changes.append("the goal is reached for the first time")
    elif trace.success[step] != trace.success[step - 1]:
        changes.append("the goal is reached again" if trace.success[step] else "the goal is lost again")
    if now - before:
        left = f" in place of {_names(trace, before - now)}" if before - now else ""
        changes.append(f"{_names(trace, now - before)} entered the top {k}{left}")
    watched = trace.header["true"] + (trace.header["target"] or [])
    crossed = (trace.scores[step] >= 0) != (trace.scores[step - 1] >= 0)
    down = [j for j in watched if crossed[j] and trace.scores[step, j] < 0]
    up = [j for j in watched if crossed[j] and trace.scores[step, j] >= 0]
    if down:
        changes.append(f"{_names(trace, down)} fell below 0.5")
    if up:
        changes.append(f"{_names(trace, up)} rose above 0.5")
    return " and ".join(changes)


def _branch(trace: Trace, step: int) -> str:
    value, epsilon = trace.lagrangian[step], trace.epsilon
    if trace.branch[step] == FELL:
        return f"the Lagrangian fell to {_number(value)}, so ε {_move(epsilon, step)}"
    if trace.branch[step] == ROSE:
        held = f"the Lagrangian did not fall ({_number(value)})"
        if epsilon[step] < epsilon[step - 1] * (1 - 1e-6):
            return f"{held}, so ε was averaged back to {_number(epsilon[step])} and hard constraints pull less"
        return f"{held}, so ε stays at {_number(epsilon[step])}"
    if not np.isfinite(value) or not np.isfinite(trace.lagrangian[step - 1]):
        return "the step followed the gradient of the attack's loss"
    change = value - trace.lagrangian[step - 1]
    return f"the loss {'fell' if change < 0 else 'rose' if change > 0 else 'stayed'} to {_number(value)}"


def _move(epsilon: np.ndarray[Any, Any], step: int) -> str:
    share = epsilon[step] / epsilon[step - 1] - 1
    if share > 1e-6:
        return f"grew by {share:.0%} to {_number(epsilon[step])} and hard constraints pull more"
    return f"stays at {_number(epsilon[step])}"


def margin_of(trace: Trace) -> float:
    """By how much constraints must be met, beyond zero, before they stop pulling; 0 for attacks without a margin."""
    return float(trace.header["config"].get("margin") or 0.0)


def _hardest(trace: Trace, step: int) -> str:
    """The constraint with the most slack, and how the weights treat the hard ones."""
    slack, values = trace.slack[step], trace.constraints[step]
    violated = np.flatnonzero(values < 0)
    if not len(values):
        return ""
    if not len(violated):
        short = int((values < margin_of(trace)).sum())
        return f"every constraint is met, {short} of them not yet by the margin" if short else "every constraint is met"
    column = int(violated[np.argmax(slack[violated])])
    name, weight = _constraint(trace, column), trace.weights[step, column]
    count, size = f"{len(violated)} of {len(values)}", _number(slack[column])
    head = f"{count} constraints are violated, the hardest is “{name}” (slack {size}"
    if not np.isfinite(trace.epsilon[step]) or not np.isfinite(weight):
        return head + ")"
    if weight == 0:
        return head + ") and does not pull at all"
    if weight < FULL:
        return head + f" is above ε, so it pulls with weight {weight:.2f})"
    return head + ", within ε: full weight)"


def _constraint(trace: Trace, column: int) -> str:
    family, label = trace.header["family"][column], trace.header["label"][column]
    name = trace.header["labels"][label]
    if family == "flip":
        return f"{name} below 0.5"
    if family == "keep":
        return f"{name} keeps its side"
    into = label in (trace.header["target"] or ())
    return f"{name} {'into' if into else 'out of'} the top {trace.header['k']}"


def _top(trace: Trace, step: int) -> set[int]:
    order = np.argsort(-trace.scores[step], kind="stable")
    return {int(j) for j in order[: trace.header["k"]]}


def _names(trace: Trace, labels: Any, most: int = 3) -> str:
    """Label names by confidence on the clean image, at most ``most`` of them."""
    order = sorted(labels, key=lambda j: (-trace.scores[0, j], j))
    names = [trace.header["labels"][j] for j in order]
    if len(names) > most:
        names = [*names[:most], f"{len(names) - most} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _number(value: Any) -> str:
    """Three significant digits, no exponent where people can do without."""
    number = float(value)
    if not np.isfinite(number):
        return "unknown"
    return f"{number:.3g}" if abs(number) < 1000 else f"{number:.0f}"
