"""Which constraints of a run pull against each other at a step, and what the weights made of it (Theorem 1, Eq. 17).

The step of MASW is d = sum_j p_j grad CT_j with the pull p_j = w_j lambda_j slack_j (Eq. 17 with the weights of
Eq. 24). Here stand the cosines between the gradients, the share of each constraint in d, and which constraints the
run gives up. One forward and one batched Jacobian at the shown point; drawing is the business of ``views.conflict``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from masw_core.attacks.base import Attack
from masw_core.attacks.jacobian import constraint_rows, needed_labels, score_gradients
from masw_core.attacks.switched import attack_at
from masw_core.models.attacked import Frozen, signed
from masw_core.one_picture.recalled import goal_at, margin_of, places_in, seen_by, weights_in
from masw_core.task.goals import Goal
from masw_core.trace.trace import Array, Trace

import numpy as np
import torch
from torch import Tensor, nn

MOST = 24  # constraints that still fit into a matrix with names
SMALL = 64  # numbers in an input up to which the gradients themselves are kept: those of the plane, for arrows
WINDOW = 10  # steps over which slack counts as growing when the shown step is one of the last


@dataclass(frozen=True)
class Gradients:
    """Constraints at a point that are violated, or pull all the same; ``n`` of them.

    Attributes:
        column: (n,) where they stand among the constraints of the goal.
        rows: (n, d) grad CT_j.
        pulls: (n,) p_j, or None where the attack's step is no sum of the constraints' gradients.
        direction: (d,) of the step before the projection: sum_j p_j grad CT_j, or its sign for sign steps.
    """

    column: Tensor
    rows: Tensor
    pulls: Tensor | None
    direction: Tensor | None

    def cosines(self) -> Tensor:
        """(n, n) cosines between the gradients, 0 for one that vanishes; the diagonal is 1."""
        norms = self.rows.norm(dim=1, keepdim=True)
        unit = self.rows / norms.where(norms > 0, torch.ones_like(norms))
        cosines = (unit @ unit.T).clamp(-1, 1)
        return cosines.fill_diagonal_(1.0)

    def shares(self) -> Tensor | None:
        """(n,) (p_j grad CT_j . v) / (d . v) for the direction v: sums to 1; negative for what is pulled back.

        None where the attack tells no pulls, or where they cancel out and nothing moves.
        """
        if self.pulls is None or self.direction is None:
            return None
        parts = self.pulls * (self.rows @ self.direction)
        whole = parts.sum()
        return parts / whole if bool(whole.abs() > 1e-9 * parts.abs().sum()) else None


@dataclass(frozen=True)
class Conflict:
    """A step's constraints and how they get on, in the order of the goal; ``n`` of them, NumPy and no tensors.

    Attributes:
        step: where the perturbation is kept and all of this was computed; the shown step or one shortly before it.
        column: (n,) columns of the trace's arrays.
        cosines: (n, n) between the gradients of the constraints: 1 pull together, -1 against each other.
        shares: (n,) of each constraint in the step, or None (see ``Gradients.shares``).
        rest: share of the constraints that are not listed; 0 where all are.
        count: how many constraints are violated or pull; more than ``n`` where some are not listed.
        weights, slack: (n,) in force at the step.
        given_up: (n,) bool, see :func:`given_up`.
        gradients: (n, d) for inputs of a few numbers, else None. direction: (d,) likewise.
    """

    step: int
    column: Array
    cosines: Array
    shares: Array | None
    rest: float
    count: int
    weights: Array
    slack: Array
    given_up: Array
    gradients: Array | None
    direction: Array | None

    def __len__(self) -> int:
        return len(self.column)

    def pairs(self) -> list[tuple[int, int, float]]:
        """(i, j, cosine) for i < j, from the most opposed to the most alike."""
        above = zip(*np.triu_indices(len(self), 1), strict=True)
        return sorted(((int(i), int(j), float(self.cosines[i, j])) for i, j in above), key=lambda pair: pair[2])


def gradients_at(attack: Attack, model: nn.Module, x: Tensor, z: Tensor, goal: Goal, weights: Tensor) -> Gradients:
    """The constraints that matter at x + z, as the attack sees them (its space, margin and moving reference).

    Args:
        attack: prepared.
        model: inputs to logits; left as it was.
        x, z: (1, ...) clean input and perturbation.
        goal: one row.
        weights: (1, m) in force, in the columns of the goal's constraints.
    """
    z = z.detach().requires_grad_()
    with Frozen(model), torch.enable_grad():
        scores = model(x + z)
        constraints = seen_by(attack, scores, goal)
        pulls = attack.pulls(constraints, weights)
        matters = (constraints.values < margin_of(attack)) & constraints.mask
        if pulls is not None:
            matters |= pulls != 0
        column = matters[0].nonzero().flatten()
        slopes = constraint_rows(scores, constraints)[:, column]  # (1, n, C)
        labels, real = needed_labels((slopes != 0).any(1))
        jacobian = score_gradients(scores, z, labels)[0]  # (r, d)
    rows = (slopes[0].gather(1, labels.expand(len(column), -1)) * real) @ jacobian
    if pulls is None:
        return Gradients(column, rows, None, None)
    pulls = pulls[0, column]
    direction = pulls @ rows
    return Gradients(column, rows, pulls, direction.sign() if getattr(attack, "step_rule", "") == "sign" else direction)


def given_up(trace: Trace, step: int) -> Array:
    """(m,) bool: violated at the step and at the end of the run, by then with no less slack or with little weight.

    Slack is compared with the shown step, or with ten steps before the end if that is earlier. Little weight is less
    than half of the largest among the constraints that are violated at the end: with a small knee all of them are
    below 1, which says nothing of one of them.
    """
    end = len(trace) - 1
    before = min(step, max(end - WINDOW, 0))
    lost = trace.constraints[end] < 0
    weights = np.nan_to_num(trace.weights[end], nan=1.0)
    spared = weights < np.max(weights, where=lost, initial=0.0) / 2
    answer: Array = (trace.constraints[step] < 0) & lost & (spared | (trace.slack[end] >= trace.slack[before]))
    return answer


def conflict_at(trace: Trace, step: int, model: nn.Module, most: int = MOST) -> Conflict:
    """How the constraints of a recorded run get on at a step.

    Args:
        trace: from any attack; only those of MASW's kind have shares.
        step: the shown one.
        model: that was attacked; a forward and a batched Jacobian are taken, on its device.
        most: list so many constraints, those with the largest share (else the most slack).

    Raises:
        IndexError: the run has no such step. ValueError: the trace's attack is unknown here.
    """
    if not 0 <= step < len(trace):
        raise IndexError(f"The run has steps 0 to {len(trace) - 1}, not {step}.")
    kept, step = trace.perturbation_at(step)
    model = signed(model)  # traces are of [-1, 1] images
    like = next(model.parameters())
    goal = goal_at(trace, step).to(like.device)
    attack = attack_at(trace.header, step).prepared(model, goal)
    places = places_in(trace, goal.true.shape[1])
    weights = weights_in(trace.weights[step : step + 1], places, goal, like)
    x, z = (torch.as_tensor(value, dtype=like.dtype, device=like.device)[None] for value in (trace.image, kept))
    found = gradients_at(attack, model, x, z, goal, weights)
    return _listed(found, trace, step, places, most)


def pull_vectors(trace: Trace, model: nn.Module) -> Array:
    """(n, m, d) p_j grad CT_j at every step of a run whose perturbations are kept at every step, as in the plane.

    Where the attack's step is no sum of the constraints' gradients, these are the directions of the violated ones, all
    of length 1. One batched Jacobian for the whole run.
    """
    model = signed(model)
    like, steps = next(model.parameters()), len(trace)
    goal = trace.goal().to(like.device)
    attack = attack_at(trace.header, 0).prepared(model, goal)
    places = places_in(trace, goal.true.shape[1])
    weights = weights_in(trace.weights, places, goal, like)
    x = torch.as_tensor(trace.image).to(like).expand(steps, *trace.image.shape)
    z = torch.as_tensor(trace.exact).to(like).requires_grad_()
    with Frozen(model), torch.enable_grad():
        scores = model(x + z)
        constraints = seen_by(attack, scores, goal)
        pulls = attack.pulls(constraints, weights)
        slopes = constraint_rows(scores, constraints)[:, places]
        labels = torch.arange(scores.shape[1], device=scores.device).expand(steps, -1)
        rows = slopes @ score_gradients(scores, z, labels)
    if pulls is None:
        pulls = (constraints.values < margin_of(attack)).to(rows)
        rows = rows / rows.norm(dim=2, keepdim=True).clamp_min(1e-12)
    vectors: Array = (pulls[:, places, None] * rows).detach().cpu().numpy()
    return vectors


def _listed(found: Gradients, trace: Trace, step: int, places: Array, most: int) -> Conflict:
    """The constraints with the largest share, in the order of the goal, as NumPy arrays in the trace's columns."""
    back = {int(place): column for column, place in enumerate(places)}
    column = np.array([back[place] for place in found.column.tolist()], dtype=int)
    shares = found.shares()
    by = trace.slack[step, column] if shares is None else np.abs(shares.cpu().numpy())
    listed = np.sort(np.argsort(-by, kind="stable")[:most])
    part = replace(found, column=found.column[listed], rows=found.rows[listed])
    kept = None if shares is None else shares.cpu().numpy()[listed]
    plane = found.rows.shape[1] <= SMALL
    column = column[listed]
    return Conflict(
        step=step,
        column=column,
        cosines=part.cosines().cpu().numpy(),
        shares=kept,
        rest=0.0 if kept is None or len(listed) == len(by) else float(1 - kept.sum()),
        count=len(by),
        weights=np.nan_to_num(trace.weights[step, column], nan=1.0),
        slack=trace.slack[step, column],
        given_up=given_up(trace, step)[column],
        gradients=part.rows.cpu().numpy() if plane else None,
        direction=found.direction.cpu().numpy() if plane and found.direction is not None else None,
    )
