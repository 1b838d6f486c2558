"""Conflict at a step against a linear model, where every gradient is known, and against the step that was taken."""

from __future__ import annotations

import json
from itertools import pairwise

from masw_core import Goal, load_attack, make_goal, run
from masw_core.attacks.switched import Switched
from masw_core.one_picture.conflict import conflict_at, given_up, gradients_at
from masw_core.task.geometry import unit

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st


class Linear(torch.nn.Module):
    """s = A x + b in the plane; the box is wide."""

    box = (torch.tensor([-50.0, -50.0]).double(), torch.tensor([50.0, 50.0]).double())

    def __init__(self, rows, bias):
        super().__init__()
        self.layer = torch.nn.Linear(2, len(rows)).double()
        with torch.no_grad():
            self.layer.weight.copy_(torch.tensor(rows).double())
            self.layer.bias.copy_(torch.tensor(bias).double())

    def forward(self, x):
        return self.layer(x)


def mask(*labels, classes=4):
    return torch.zeros(1, classes, dtype=torch.bool).index_fill_(1, torch.tensor(labels), True)


def traced(attack, model, x, goal, **more):
    return run(attack, model, x, goal, stop="never", trace=True, **more).traces[0]


def names(trace, conflict):
    return [(trace.header["family"][c], trace.header["label"][c]) for c in conflict.column]


def test_cosines_on_a_linear_model_are_those_of_its_rows():
    """Two true labels pulled apart: flips have gradients -a_0 and -a_1, at an angle that is known."""
    model = Linear([[1.0, 0.0], [-0.6, 0.8], [0.0, -1.0], [0.3, 0.3]], [2.0, 2.0, -3.0, -3.0])
    goal = Goal.untargeted(mask(0, 1), 1)
    attack = load_attack("masw", steps=3, tau=1.0, reference="hold", margin=0.0)
    trace = traced(attack, model, torch.zeros(1, 2).double(), goal)
    found = conflict_at(trace, 0, model)
    flips = [names(trace, found).index(("flip", j)) for j in (0, 1)]
    assert found.cosines[flips[0], flips[1]] == pytest.approx(-0.6)
    np.testing.assert_allclose(found.gradients[flips], [[-1, 0], [0.6, -0.8]])


def test_constraints_that_want_the_opposite_have_cosine_minus_one():
    model = Linear([[1.0, 0.0], [-2.0, 0.0], [0.0, 0.1], [0.0, -0.1]], [2.0, 2.0, -3.0, -3.0])
    trace = traced(
        load_attack("masw", steps=2, tau=1.0), model, torch.zeros(1, 2).double(), Goal.untargeted(mask(0, 1), 1)
    )
    found = conflict_at(trace, 0, model)
    i, j = (names(trace, found).index(("flip", label)) for label in (0, 1))
    assert found.cosines[i, j] == pytest.approx(-1.0)
    assert found.pairs()[0][2] == pytest.approx(-1.0)
    assert np.allclose(found.cosines, found.cosines.T)


def test_shares_by_hand_from_equation_17():
    """p = w lambda slack; share_j = p_j grad_j . d / ||d||^2 with d = sum p grad, written out in numbers."""
    model = Linear([[1.0, 0.0], [0.6, 0.8], [0.0, -1.0], [0.0, -1.0]], [3.0, 1.0, -3.0, -3.0])
    goal = Goal.untargeted(mask(0, 1), 2)
    attack = load_attack("masw", steps=1, tau=1.0, reference="hold", margin=0.0, lambda1=0.0, lambda2=2.0,
                         weighting="manual", manual_weights="flip:0=0.5")  # fmt: skip
    trace = traced(attack, model, torch.zeros(1, 2).double(), goal)
    found = conflict_at(trace, 0, model)
    rows, pulls = np.array([[-1.0, 0.0], [-0.6, -0.8]]), np.array([0.5 * 2 * 3, 1 * 2 * 1])
    d = pulls @ rows
    flips = [names(trace, found).index(("flip", j)) for j in (0, 1)]
    np.testing.assert_allclose(found.shares[flips], pulls * (rows @ d) / (d @ d), rtol=1e-6)
    np.testing.assert_allclose(found.weights[flips], [0.5, 1.0])


SETTINGS = [
    {},
    {"form": "linear", "epsilon0": 0.1},
    {"form": "lagrangian"},
    {"slack": "gradient", "reference": "flow"},
    {"space": "probability", "reference": "spread"},
    {"step_rule": "sign"},
    {"weighting": "fixed", "epsilon0": 0.1},
]


@pytest.mark.parametrize("case", ["untargeted", "worst"])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_shares_sum_to_one_and_the_direction_is_the_step_taken(tagger, images, true, case, settings):
    goal = make_goal(case, true[:1], 2, tagger(images[:1]).detach())
    attack = load_attack("masw", steps=4, tau=9.0, step_size=0.02, **settings).prepared(tagger, goal)
    x = images[:1] * 0.3  # far from the box, so that nothing is projected
    result = []
    run(attack, tagger, x, goal, stop="never", on_step=result.append)
    for now, then in pairwise(result):
        found = gradients_at(attack, tagger, x, now.perturbation, goal, now.weights)
        shares = found.shares()
        assert shares.sum().item() == pytest.approx(1.0)
        moved = (then.perturbation - now.perturbation).flatten(1)
        torch.testing.assert_close(unit(moved), unit(found.direction[None]))


@given(st.integers(0, 10_000))
def test_shares_of_any_linear_model_sum_to_one(seed):
    generator = torch.Generator().manual_seed(seed)
    model = Linear(torch.randn(4, 2, generator=generator).tolist(), [1.5, 1.0, -1.0, -1.0])
    trace = traced(
        load_attack("masw", steps=1, tau=1.0), model, torch.zeros(1, 2).double(), Goal.untargeted(mask(0, 1), 2)
    )
    found = conflict_at(trace, 0, model)
    assert found.shares.sum() + found.rest == pytest.approx(1.0, abs=1e-6)
    assert np.abs(found.cosines).max() <= 1 + 1e-9


@pytest.mark.parametrize("name", ["pgd", "tkml", "madw", "rank1"])
def test_only_attacks_that_sum_constraints_have_shares_all_have_cosines(tagger, images, true, name):
    goal = make_goal("worst", true[:1], 2, tagger(images[:1]).detach())
    trace = traced(load_attack(name, steps=2, tau=1.0), tagger, images[:1], goal)
    found = conflict_at(trace, 1, tagger)
    assert found.shares is None
    assert len(found) > 0
    assert np.isfinite(found.cosines).all()


def test_the_largest_shares_are_listed_and_the_rest_is_told():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(48, 80)).double()
    x = torch.rand(1, 3, 4, 4).double() - 0.5
    goal = make_goal("worst", mask(*range(20), classes=80), 10, model(x).detach())
    trace = traced(load_attack("masw", steps=3, tau=1.0), model, x, goal)
    every, few = conflict_at(trace, 2, model, most=999), conflict_at(trace, 2, model, most=8)
    assert len(every) == every.count > 24
    assert len(few) == 8
    assert few.count == every.count
    assert few.rest == pytest.approx(1 - few.shares.sum())
    left = set(every.column) - set(few.column)
    smallest = np.abs(few.shares).min()
    assert all(abs(every.shares[list(every.column).index(c)]) <= smallest for c in left)
    assert few.gradients is not None  # 48 numbers


def test_a_model_of_zero_to_one_images_gives_the_same(tagger, images, true):
    from masw_core.models import MultiLabelModel

    model = MultiLabelModel(tagger, tagger.labels, (6, 6), name="tagger")
    other = model.with_range((0.0, 1.0))
    goal = make_goal("worst", true[:1], 2, tagger(images[:1]).detach())
    attack = load_attack("masw", steps=3, tau=1.0)
    found = [
        conflict_at(traced(attack, model, images[:1], goal), 2, model),
        conflict_at(traced(attack, other, (images[:1] + 1) / 2, goal), 2, other),
    ]
    np.testing.assert_allclose(found[0].cosines, found[1].cosines, atol=1e-5)
    np.testing.assert_allclose(found[0].shares, found[1].shares, atol=1e-5)


def test_what_is_kept_on_its_side_takes_part(tagger, images, true):
    goal = make_goal("best", true[:1], 1, tagger(images[:1]).detach(), attack_cost=True)
    trace = traced(load_attack("masw", steps=30, tau=2.0), tagger, images[:1], goal)
    seen = {family for step in range(len(trace)) for family, _ in names(trace, conflict_at(trace, step, tagger))}
    assert "keep" in seen


def test_a_switched_run_is_read_with_the_settings_of_the_step(tagger, images, true):
    goal = make_goal("worst", true[:1], 2, tagger(images[:1]).detach())
    common = {"steps": 6, "tau": 1.0, "epsilon0": 0.1}
    label = int(true[0].nonzero()[0, 0])
    by_hand = load_attack("masw", weighting="manual", manual_weights={f"rank:{label}": 0.0}, **common)
    trace = traced(Switched.of(load_attack("masw", **common), by_hand, 3), tagger, images[:1], goal)
    json.dumps(trace.header)
    for step in (2, 4):
        found = conflict_at(trace, step, tagger)
        assert found.shares.sum() == pytest.approx(1.0, abs=1e-6)
    column = names(trace, found).index(("rank", label))
    assert found.shares[column] == pytest.approx(0.0, abs=1e-9)


def test_given_up_is_written_out(tagger, images, true):
    """Violated now and at the end, and by then no better or with less than half of the largest weight."""
    goal = make_goal("worst", true[:1], 3, tagger(images[:1]).detach())
    trace = traced(load_attack("masw", steps=25, tau=0.6, epsilon0=0.1), tagger, images[:1], goal)
    end, marked = len(trace) - 1, 0
    for step in (0, 20, end):
        lost = [c for c in range(trace.constraints.shape[1]) if trace.constraints[end, c] < 0]
        largest = max(trace.weights[end, c] for c in lost)
        expected = {
            c
            for c in lost
            if trace.constraints[step, c] < 0
            and (trace.weights[end, c] < largest / 2 or trace.slack[end, c] >= trace.slack[min(step, end - 10), c])
        }
        assert set(np.flatnonzero(given_up(trace, step))) == expected
        marked += len(expected)
        assert len(expected) < len(lost), "most that are violated are still worked on"
    assert marked


def test_a_constraint_that_was_left_out_by_hand_is_given_up(tagger, images, true):
    goal = make_goal("worst", true[:1], 2, tagger(images[:1]).detach())
    free = traced(load_attack("masw", steps=10, tau=0.4), tagger, images[:1], goal)
    column = int(np.argmax(free.slack[0]))
    name = f"{free.header['family'][column]}:{free.header['label'][column]}"
    by_hand = load_attack("masw", steps=10, tau=0.4, weighting="manual", manual_weights={name: 0.2})
    assert given_up(traced(by_hand, tagger, images[:1], goal), 0)[column]


def test_a_step_that_the_run_does_not_have(tagger, images, true):
    trace = traced(load_attack("masw", steps=2, tau=1.0), tagger, images[:1], make_goal("untargeted", true[:1], 2))
    with pytest.raises(IndexError, match="steps 0 to 2, not 3"):
        conflict_at(trace, 3, tagger)
