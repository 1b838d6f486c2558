"""Which point of its path a sample returns, on paths of made-up steps."""

from __future__ import annotations

from dataclasses import replace

from masw_core import Goal
from masw_core.engine.best import Best
from masw_core.trace.step import Step
from masw_core.weighting.branches import FELL, NONE, ROSE, START

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

points = st.tuples(st.booleans(), st.integers(0, 3), st.sampled_from([0.0, 0.5, 1.0, 2.0]))  # success, norm, failure
paths = st.lists(st.lists(points, min_size=3, max_size=3), min_size=1, max_size=8)


def step_of(perturbation, success=(), failure=(), branch=(), samples=None):
    """A step with these numbers; nothing else of it matters."""
    scores = torch.zeros(len(perturbation), 3)
    constraints = Goal.untargeted(torch.zeros_like(scores), 1).constraints(scores)
    step = Step.at(perturbation, scores, constraints, torch.zeros(len(perturbation)))
    told = {
        "success": torch.tensor(success, dtype=torch.bool),
        "failure": torch.tensor(failure),
        "branch": torch.tensor(branch),
        "samples": samples,
    }
    return replace(step, **{name: value for name, value in told.items() if value is not None and len(value)})


def order(point):
    """Successes by norm, then failures by failure degree; the first of equals."""
    (success, norm, failure), time = point
    return (0, norm, time) if success else (1, failure, time)


def direction(time):
    """Points of one norm differ by when they were seen."""
    angle = torch.tensor(float(time), dtype=torch.float64)
    return torch.stack([angle.cos(), angle.sin()])


@given(paths)
def test_best_is_the_smallest_success_else_the_lowest_failure_and_the_first_of_equals(path):
    """Against a search over the path of one sample at a time."""
    best = Best(torch.zeros(3, 2, dtype=torch.float64), "best")
    for time, points in enumerate(path):
        z = torch.stack([norm * direction(time) for _, norm, _ in points])
        best.update(step_of(z, [done for done, _, _ in points], [failure for _, _, failure in points]))
    for row in range(3):
        own = [(points[row], time) for time, points in enumerate(path)]
        (_, norm, _), time = min(own, key=order)
        torch.testing.assert_close(best.perturbation[row], norm * direction(time))


@pytest.mark.parametrize(
    ("returns", "kept"),
    [("lagrangian", [[4.0], [2.0]]), ("last", [[5.0], [5.0]])],
)
def test_z_star_is_the_last_point_at_which_l_did_not_rise(returns, kept):
    best = Best(torch.zeros(2, 1), returns)
    branches = [(START, START), (FELL, FELL), (ROSE, ROSE), (FELL, ROSE), (ROSE, ROSE)]
    for time, branch in enumerate(branches, 1):
        best.update(step_of(torch.full((2, 1), float(time)), [time == 1] * 2, [0.5] * 2, branch))
    assert best.perturbation.tolist() == kept


def test_without_an_epsilon_rule_z_star_is_the_last_point():
    best = Best(torch.zeros(1, 1), "lagrangian")
    for time in (1.0, 2.0):
        best.update(step_of(torch.full((1, 1), time), branch=[NONE]))
    assert best.perturbation.tolist() == [[2.0]]


@pytest.mark.parametrize("returns", ["best", "lagrangian", "last"])
def test_samples_that_have_left_keep_what_they_had(returns):
    best = Best(torch.zeros(3, 1), returns)
    best.update(step_of(torch.full((3, 1), 2.0), [False] * 3, [1.0] * 3, [FELL] * 3))
    best.update(step_of(torch.full((2, 1), 1.0), [True] * 2, [0.0] * 2, [FELL] * 2, torch.tensor([2, 0])))
    assert best.perturbation.tolist() == [[1.0], [2.0], [1.0]]


def test_before_the_first_step_there_is_the_clean_image_and_its_device_and_type():
    x = torch.rand(2, 3, dtype=torch.float64)
    best = Best(x, "best")
    assert not bool(best.perturbation.any())
    assert (best.key.tolist(), best.key.dtype) == ([torch.inf] * 2, torch.float64)
    elsewhere = Best(x.to("meta"), "best")
    assert elsewhere.perturbation.device.type == elsewhere.key.device.type == "meta"
