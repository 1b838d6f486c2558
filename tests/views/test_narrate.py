"""Narration: every step of every kind of run has one sentence, and it says what the numbers say."""

from __future__ import annotations

import dataclasses

from masw_core import load_attack, make_goal, run
from masw_core.views.narrate import narrate

import numpy as np
import pytest


@pytest.fixture(params=["masw", "pgd"])
def attack(request):
    return load_attack(request.param, steps=25, tau=2.0)


@pytest.fixture(params=["untargeted", "best", "worst"])
def trace(request, attack, tagger, images, true):
    goal = make_goal(request.param, true[:1], 2, tagger(images[:1]).detach())
    return run(attack, tagger, images[:1], goal, stop="never", trace=True).traces[0]


def test_every_step_has_one_sentence(trace):
    for step in range(len(trace)):
        sentence = narrate(trace, step)
        assert sentence.endswith(".")
        assert sentence[0].isupper()
        assert "\n" not in sentence
        assert "nan" not in sentence
        assert len(sentence) < 420


def test_the_first_success_is_announced_once(trace):
    said = [step for step in range(len(trace)) if "first time" in narrate(trace, step)]
    first = trace.first_success
    assert said == ([] if first in (None, 0) else [first])


def test_the_branch_is_named(trace):
    for step in range(1, len(trace)):
        sentence = narrate(trace, step)
        if trace.branch[step] == 1:
            assert "Lagrangian fell" in sentence
        elif trace.branch[step] == 2:
            assert "Lagrangian did not fall" in sentence
        else:
            assert "loss" in sentence


def test_a_change_of_the_top_k_is_named(trace):
    names, k = trace.header["labels"], trace.header["k"]
    top = [set(np.argsort(-row, kind="stable")[:k]) for row in trace.scores]
    for step in range(1, len(trace)):
        for label in top[step] - top[step - 1]:
            assert f"entered the top {k}" in narrate(trace, step)
            assert names[label] in narrate(trace, step).lower()


def test_nothing_violated_is_said_plainly(trace):
    met = dataclasses.replace(trace, constraints=np.abs(trace.constraints))
    assert "every constraint is met" in narrate(met, 1).lower()


def test_violated_met_and_met_with_the_margin_are_three_things(trace):
    """Constraints are recorded as they are; slack counts from the margin on."""
    header = trace.header | {"config": trace.header["config"] | {"margin": 1.0}}

    def said(value: float) -> str:
        constraints = np.full_like(trace.constraints, 2.0)
        constraints[:, 0] = value
        return narrate(dataclasses.replace(trace, header=header, constraints=constraints), 1).lower()

    assert f"1 of {trace.constraints.shape[1]} constraints are violated" in said(-0.5)
    assert "every constraint is met, 1 of them not yet by the margin" in said(0.5)
    assert said(1.5).endswith("every constraint is met.")


def test_a_step_that_does_not_exist_is_refused(trace):
    with pytest.raises(IndexError, match=f"steps 0 to {len(trace) - 1}"):
        narrate(trace, len(trace))
