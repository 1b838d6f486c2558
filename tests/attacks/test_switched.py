"""Another attack from a step on: equal to the first before it, to the second when it starts there, on one state."""

from __future__ import annotations

from masw_core import iterate, load_attack, make_goal, run
from masw_core.attacks.switched import Switched, attack_of

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_tagger import SmallTagger

STEPS = 8
TAGGER = SmallTagger()
IMAGES = torch.rand(6, 3, 6, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * 2 - 1
TRUE = torch.zeros(6, 8, dtype=torch.bool).scatter_(1, TAGGER(IMAGES).detach().argsort(1)[:, -2:], True)
PAIRS = {
    "masw": ({"weighting": "spw", "epsilon0": 0.3}, {"weighting": "manual", "manual_factor": 0.0}),
    "tkml": ({}, {"weighting": "manual", "manual_factor": 0.0, "manual_hardest": 2}),
    "mifgsm": ({"decay": 1.0}, {"decay": 0.0}),
}


def two(name, case):
    goal = make_goal(case, TRUE, 2, TAGGER(IMAGES).detach())
    common = {"steps": STEPS, "tau": 2.0, "step_size": 0.25}
    return goal, *(load_attack(name, **settings, **common) for settings in PAIRS[name])


def path(attack, goal, stop="never"):
    return list(iterate(attack, TAGGER, IMAGES, goal, stop=stop))


@given(st.sampled_from(list(PAIRS)), st.integers(0, STEPS))
def test_it_is_the_first_attack_before_the_step_and_the_second_from_there_on(name, at):
    goal, before, after = two(name, "worst")
    first, second, both = (path(attack, goal) for attack in (before, after, Switched.of(before, after, at)))
    for t in range(STEPS + 1):
        if t <= at:  # the point at step `at` was still reached by moves of the first
            assert torch.equal(both[t].perturbation, first[t].perturbation)
        if t < at:
            assert torch.equal(both[t].weights, first[t].weights)
            assert torch.equal(both[t].lagrangian, first[t].lagrangian)
        if at == 0:
            assert torch.equal(both[t].perturbation, second[t].perturbation)
            assert torch.equal(both[t].weights, second[t].weights)
    if 0 < at < STEPS:
        assert not torch.equal(both[at + 1].perturbation, first[at + 1].perturbation)


def test_samples_may_leave_under_way():
    goal = make_goal("untargeted", TRUE, 2)
    before, after = (load_attack("masw", weighting=name, steps=80, tau=4.0) for name in ("spw", "uniform"))
    steps = path(Switched.of(before, after, 3), goal, stop="success")
    assert len({len(step.samples) for step in steps}) > 1


def test_its_header_says_both_and_gives_it_back():
    goal, before, after = two("masw", "worst")
    attack = Switched.of(before, after, 3)
    trace = run(attack, TAGGER, IMAGES, goal, stop="never", trace=True).traces[0]
    assert trace.header["attack"] == "masw"
    assert trace.header["config"]["weighting"] == "manual"
    assert trace.header["config"]["switched"]["at"] == 3
    assert trace.header["config"]["switched"]["before"] == {
        name: value for name, value in before.prepared(TAGGER, goal).config().items()
        if name in ("weighting", "epsilon0", "manual_factor")
    }  # fmt: skip
    assert attack_of(trace.header).prepared(TAGGER, goal) == attack.prepared(TAGGER, goal)


def test_what_does_not_go_together_is_refused_in_one_sentence():
    masw, tkml = load_attack("masw", steps=5), load_attack("tkml", steps=5)
    with pytest.raises(ValueError, match="two attacks of the same kind"):
        Switched.of(masw, tkml, 2)
    with pytest.raises(ValueError, match="at = 6 is no step: choose 0 to 5"):
        Switched.of(masw, masw, 6)
