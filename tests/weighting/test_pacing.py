"""Algorithm 1 between two steps, against a replay in plain Python: one sample, one number at a time."""

from __future__ import annotations

import math
from itertools import product

from masw_core.weighting.branches import FELL, ROSE, START
from masw_core.weighting.pacing import NOT_STARTED, Pacing, first_epsilon
from masw_core.weighting.rules import FixedEpsilon, SelfPacedWeighting, Uniform

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

ETA = 1.25
PACES = [
    {"compare": compare, "clean_counts": counts, "scale": scale}
    for compare, counts, scale in product(("same-weights", "literal"), (True, False), ("relative", "absolute"))
]
every_pace = pytest.mark.parametrize("settings", PACES, ids=lambda s: "-".join(str(v) for v in s.values()))


def column(*values):
    return torch.tensor([values], dtype=torch.float64)


def objective(slack, values, weights):
    """An L that depends on all three, as that of Eq. 23 does."""
    return (weights * slack.square()).sum(1) / 2 - 0.1 * (values * slack).sum(1)


def walked(pacing, path, objective=objective):
    """The turns of a path of (slack, values) pairs."""
    memory, turns = NOT_STARTED, []
    for slack, values in path:
        turns.append(pacing.turn(memory, slack, values, objective))
        memory = turns[-1].memory
    return turns


def replayed(path, epsilon0, compare, clean_counts, scale):
    """Algorithm 1 for one sample: (epsilon, weights, L, branch) of every step, from lists of numbers."""

    def lagrangian(slack, values, weights):
        return sum(w * s * s / 2 - 0.1 * v * s for s, v, w in zip(slack, values, weights, strict=True))

    def eq_24(slack):
        return [1.0 if s <= epsilon else epsilon / s for s in slack]

    steps, weights = [], []
    epsilon = before = lowest = math.nan
    best = None  # slack and values of L^{t-1}; None: line 1 as printed, L^0 = +inf
    for t, (slack, values) in enumerate(path):
        if t == 0:
            epsilon = before = epsilon0 * (max(slack) if scale == "relative" and max(slack) > 0 else 1.0)
            weights, branch = eq_24(slack), START
            now = lowest = lagrangian(slack, values, weights)
            best = (slack, values) if clean_counts else None
        else:
            now = lagrangian(slack, values, weights)
            against = lowest if compare == "literal" or best is None else lagrangian(*best, weights)
            if best is None or now < against:
                epsilon, before, branch = epsilon * ETA, epsilon, FELL
                best, lowest = (slack, values), now
            else:
                epsilon, branch = (epsilon + before) / 2, ROSE
            weights = eq_24(slack)
        steps.append((epsilon, weights, now, branch))
    return steps


slacks = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.0, 3.5]), min_size=3, max_size=3)
signs = st.lists(st.sampled_from([-2.0, -0.5, 0.0, 1.0]), min_size=3, max_size=3)
paths = st.lists(st.tuples(slacks, signs), min_size=1, max_size=12)


@every_pace
@given(path=paths)
def test_every_step_is_that_of_algorithm_1(settings, path):
    turns = walked(Pacing(SelfPacedWeighting(ETA), 0.3, **settings), [(column(*s), column(*v)) for s, v in path])
    for turn, (epsilon, weights, lagrangian, branch) in zip(turns, replayed(path, 0.3, **settings), strict=True):
        assert turn.memory.pace.epsilon.item() == pytest.approx(epsilon)
        torch.testing.assert_close(turn.memory.weights, column(*weights))
        assert turn.lagrangian.item() == pytest.approx(lagrangian)
        assert (turn.branch.tolist(), turn.branch.dtype) == ([branch], torch.long)


@every_pace
def test_samples_walk_on_their_own_and_those_that_leave_take_nothing_with_them(settings):
    """A row dropped by a mask changes no other row: the batch is as many runs of one sample."""
    generator = torch.Generator().manual_seed(0)
    path = [
        (torch.rand(4, 5, generator=generator).double(), torch.randn(4, 5, generator=generator).double())
        for _ in range(12)
    ]
    pacing, stay = Pacing(SelfPacedWeighting(ETA), 0.3, **settings), torch.tensor([True, False, True, True])
    alone = [walked(pacing, [(s[row : row + 1], v[row : row + 1]) for s, v in path]) for row in range(4)]
    memory, rows, seen = NOT_STARTED, torch.arange(4), set()
    for t, (slack, values) in enumerate(path):
        memory, lagrangian, branch = pacing.turn(memory[rows >= 0], slack[rows], values[rows], objective)
        for place, row in enumerate(rows.tolist()):
            own = alone[row][t]
            assert torch.equal(memory.weights[place], own.memory.weights[0])
            assert torch.equal(memory.pace.epsilon[place], own.memory.pace.epsilon[0])
            assert torch.equal(memory.best[place], own.memory.best[0])
            assert (lagrangian[place], branch[place]) == (own.lagrangian[0], own.branch[0])
        seen |= set(branch.tolist())
        if t == 5:
            memory, rows = memory[stay], rows[stay]
    assert seen == {START, FELL, ROSE}


def test_nothing_started_is_nothing_started_for_any_rows():
    assert NOT_STARTED[torch.tensor([True, False])] is NOT_STARTED


def test_l_is_compared_under_the_same_weights_unless_line_5_is_taken_as_printed():
    """Slack that stays while its weight grows: L rises as printed, and stalls under the same weights.

    Slack 2 falls to 1.9 while epsilon grows from 1 to 1.25: 2 * 1 < 1.9 * 1.25, so L seems to rise.
    """
    path = [(column(s), column(0.0)) for s in (2.0, 1.99, 1.9)]
    branches = {}
    for compare in ("same-weights", "literal"):
        pacing = Pacing(SelfPacedWeighting(ETA), 1.0, "absolute", compare, clean_counts=False)
        branches[compare] = [turn.branch.item() for turn in walked(pacing, path)]
    assert branches == {"same-weights": [START, FELL, FELL], "literal": [START, FELL, ROSE]}


@pytest.mark.parametrize("compare", ["same-weights", "literal"])
def test_the_first_update_may_fail_only_where_the_clean_image_counts(compare):
    """Line 1 as printed has L^0 = +inf, below which anything falls; MADW and the hinges start from the clean L."""
    path = [(column(1.0), column(0.0)), (column(3.0), column(0.0))]
    for counts, branch in ((True, ROSE), (False, FELL)):
        first, second = walked(Pacing(SelfPacedWeighting(ETA), 0.5, "absolute", compare, clean_counts=counts), path)
        assert second.branch.item() == branch
        assert bool(first.memory.best.isinf()) != counts


def test_a_step_that_does_not_lower_l_is_a_failure():
    first, second = walked(Pacing(Uniform(), 1.0), [(column(1.0), column(0.0))] * 2)
    assert (first.lagrangian.item(), second.branch.item()) == (second.lagrangian.item(), ROSE)


def test_what_is_kept_is_the_lowest_point_and_not_the_last():
    path = [(column(s), column(v)) for s, v in ((2.0, 0.1), (1.0, 0.2), (3.0, 0.3))]
    memory = walked(Pacing(FixedEpsilon(), 9.0, "absolute"), path)[-1].memory
    assert (memory.best_slack.item(), memory.best_values.item()) == (1.0, 0.2)
    assert memory.best.item() == pytest.approx(0.5 - 0.1 * 0.2)


def test_weights_are_those_of_the_slack_just_seen_under_the_new_epsilon():
    """Line 8 follows line 6: epsilon has grown to 1.25 before slack 2 is weighed."""
    path = [(column(4.0), column(0.0)), (column(2.0), column(0.0))]
    last = walked(Pacing(SelfPacedWeighting(ETA), 1.0, "absolute"), path)[-1]
    assert last.memory.weights.item() == pytest.approx(1.25 / 2)


def test_by_default_epsilon_is_relative_and_l_compared_from_the_clean_image_on_under_the_same_weights():
    pacing = Pacing(SelfPacedWeighting(ETA), 0.5)
    assert (pacing.scale, pacing.compare, pacing.clean_counts) == ("relative", "same-weights", True)


@given(slacks, st.floats(1e-3, 5), st.sampled_from(["relative", "absolute"]))
def test_the_first_epsilon_is_a_share_of_the_largest_slack_and_never_zero(slack, epsilon0, scale):
    epsilon = first_epsilon(column(*slack), epsilon0, scale)
    assert epsilon.shape == (1,)
    assert epsilon.item() > 0
    if scale == "relative" and max(slack) > 0:
        assert epsilon.item() / max(slack) == pytest.approx(epsilon0)
    else:
        assert epsilon.item() == pytest.approx(epsilon0)
