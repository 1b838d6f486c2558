"""Comparisons: turns are the attacks' own runs under the benchmark's rules, and verdicts say what the numbers say."""

from __future__ import annotations

from dataclasses import replace

from masw_core import iterate, make_goal
from masw_core.benchmark.methods import Method
from masw_core.one_picture.comparison import ComparisonRecorder, attacks_for, take_turns
from masw_core.one_picture.standings import Standing, standings, verdict, violation
from masw_core.views.comparison import QUANTITIES, curves

import plotly.graph_objects as go
import pytest
import torch

METHODS = ("masw", "tkml", "pgd", "mldf")
NAMES = {"masw": "MASW", "tkml": "TkML", "pgd": "PGD", "mldf": "MLDF"}
TAU = 1.5


@pytest.fixture
def task(tagger, images, true):
    x, scores = images[:1] * 0.5, tagger(images[:1] * 0.5).detach()
    return x, make_goal("untargeted", true[:1], 2, scores)


@pytest.fixture
def traces(tagger, task):
    x, goal = task
    attacks = attacks_for(METHODS, tagger, goal, 12, TAU)
    recorder = ComparisonRecorder(attacks, tagger, goal, x[0].numpy())
    for turn in take_turns(attacks, tagger, x, goal):
        recorder.take(turn.cpu())
    return recorder.snapshot(complete=True)


def test_every_turn_is_a_step_of_the_attack_alone(tagger, task):
    """Whatever ran before it: random starts begin from the same seed."""
    x, goal = task
    attacks = attacks_for(METHODS, tagger, goal, 6, TAU)
    turns = list(take_turns(attacks, tagger, x, goal, seed=3))
    for method, attack in attacks.items():
        torch.manual_seed(3)
        alone = [step.perturbation for step in iterate(attack, tagger, x, goal)]
        together = [turn.step.perturbation for turn in turns if turn.method == method]
        assert len(alone) == len(together) == attack.steps + 1
        assert all(torch.equal(one, two) for one, two in zip(alone, together, strict=True))
    assert [turn.method for turn in turns] == sorted((turn.method for turn in turns), key=METHODS.index)


def test_the_rules_are_those_of_the_benchmark(tagger, task):
    attacks = attacks_for(METHODS, tagger, task[1], 12, TAU)
    for method, attack in attacks.items():
        assert attack == Method.parse(method).attack(12, TAU).prepared(tagger, task[1])
        assert attack.tau == TAU
    assert (attacks["masw"].steps, attacks["mldf"].steps) == (12, 4)


def test_without_a_tau_it_is_the_models_and_else_the_papers(tagger, task):
    assert attacks_for(["masw"], tagger, task[1], 5)["masw"].tau == 10.0
    tagger.recommended_tau = {"untargeted": 0.7}
    assert attacks_for(["masw"], tagger, task[1], 5)["masw"].tau == 0.7


def test_what_cannot_be_compared_is_one_sentence(tagger, task, images, true):
    with pytest.raises(ValueError, match="Unknown attack"):
        attacks_for(["nothing"], tagger, task[1], 5)
    worst = make_goal("worst", true[:1], 2, tagger(images[:1]).detach())
    with pytest.raises(ValueError, match="kfool cannot do the worst case: leave it out"):
        attacks_for(["masw", "kfool"], tagger, worst, 5)


def test_a_method_that_has_not_begun_is_missing(tagger, task):
    x, goal = task
    attacks = attacks_for(METHODS, tagger, goal, 5, TAU)
    recorder = ComparisonRecorder(attacks, tagger, goal, x[0].numpy())
    assert recorder.snapshot() == {}
    for turn in take_turns(attacks, tagger, x, goal):
        if turn.method == "tkml":
            break
        recorder.take(turn.cpu())
    assert list(recorder.snapshot()) == ["masw"]
    assert not recorder.snapshot()["masw"].header["complete"]


def test_standings_are_read_at_the_first_success(traces):
    for row in standings(traces):
        trace = traces[row.method]
        assert row.success == bool(trace.success.any())
        assert row.step == (trace.first_success if row.success else trace.best_step)
        assert row.norm == pytest.approx(float(trace.norm[row.step]))
        assert row.failure == pytest.approx(float(trace.failure[row.step]))
        true = {trace.header["labels"][label] for label in trace.header["true"]}
        assert len(row.top) == 2
        assert row.success == (not true & set(row.top))
        assert 0 <= row.flipped <= row.true == len(true)
        assert 0 <= row.fluctuation <= 1


def test_the_violation_is_that_of_the_goal_whatever_the_attack_lowers(traces, task):
    goal = task[1]
    for trace in traces.values():
        values = violation(trace)
        assert (values >= 0).all()
        for step in (0, len(trace) - 1):
            constraints = goal.constraints(torch.as_tensor(trace.scores[step : step + 1]))
            missing = (-constraints.values[constraints.mask]).clamp_min(0)
            assert values[step] == pytest.approx(float(missing.square().sum() / 2), rel=1e-5)
    assert len({round(float(violation(trace)[0]), 4) for trace in traces.values()}) == 1


STANDING = Standing("masw", 5, True, 2.0, 0.0, 1, 1, ("a",), 0.0)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{}, {"method": "pgd", "success": False}], "MASW reaches the goal, PGD does not."),
        (
            [{}, {"method": "tkml", "step": 7, "norm": 1.5}, {"method": "pgd", "success": False}],
            "MASW and TkML reach the goal, PGD does not. First there: MASW, at step 5. "
            "Smallest perturbation: TkML, norm 1.50.",
        ),
        (
            [{}, {"method": "tkml", "norm": 2.001}],
            "MASW and TkML reach the goal. First there: MASW and TkML, at step 5. "
            "Smallest perturbation: MASW and TkML, norm 2.00.",
        ),
        (
            [{"success": False, "failure": 0.5}, {"method": "pgd", "success": False, "failure": 0.4}],
            "None of them reaches the goal; PGD comes nearest.",
        ),
    ],
)
def test_the_verdict_says_what_the_numbers_say(rows, said):
    assert verdict([replace(STANDING, **row) for row in rows], NAMES) == said


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_curves_have_a_line_per_attack_and_a_star_per_success(traces, quantity):
    spec = curves(traces, quantity, NAMES)
    go.Figure(spec)
    lines = [trace for trace in spec["data"] if trace["mode"] == "lines"]
    assert [line["name"] for line in lines] == list(NAMES.values())
    assert len({line["line"]["color"] for line in lines}) == len(lines)
    assert [len(line["x"]) for line in lines] == [len(trace) for trace in traces.values()]
    stars = [trace for trace in spec["data"] if trace["mode"] == "markers"]
    assert len(stars) == sum(trace.first_success is not None for trace in traces.values())
