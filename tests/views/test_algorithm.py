"""Algorithm 1 beside a run: the player's payload reads back as the trace, and lit lines follow from its branches."""

from __future__ import annotations

import json

from masw_core import load_attack, make_goal, run
from masw_core.assets import ASSETS
from masw_core.views.algorithm import LINES, decided_at, lit_lines, walk
from masw_core.views.payload import player_payload
from masw_core.views.replay import Replay
from masw_core.views.rows import constraint_rows, label_rows

import numpy as np
import pytest


@pytest.fixture
def trace(tagger, images, true):
    goal = make_goal("untargeted", true[:1], 3, tagger(images[:1]).detach())
    attack = load_attack("masw", steps=20, tau=3.0)
    return run(attack, tagger, images[:1], goal, stop="never", trace=True).traces[0]


@pytest.fixture
def with_picture(trace):
    """The payload with a picture, which a tagger of 6 x 6 pixels has too."""
    return player_payload(trace, "x")


def test_a_payload_reads_back_as_the_trace(trace, with_picture):
    replay = Replay.of(with_picture)
    columns = [row.column for row in constraint_rows(trace)]
    labels = [row.index for row in label_rows(trace)]
    np.testing.assert_allclose(replay.scores, trace.scores[:, labels], atol=0.02)
    np.testing.assert_allclose(replay.values, trace.constraints[:, columns], atol=0.02)
    np.testing.assert_allclose(replay.slack, trace.slack[:, columns], atol=0.02)
    np.testing.assert_allclose(replay.weights, trace.weights[:, columns], atol=0.003)
    np.testing.assert_allclose(replay.epsilon, trace.epsilon, rtol=1e-6)
    np.testing.assert_array_equal(replay.branch, trace.branch)
    assert [replay.labels[place]["role"] for place in replay.true] == ["true"] * len(trace.header["true"])
    assert replay.picture.startswith(b"\xff\xd8")


def test_the_lit_branch_is_what_epsilon_did():
    """The oracle is the recorded epsilon: it grew where line 5 is lit, and did not where line 6 is."""
    replay = Replay.of(json.loads((ASSETS / "recorded" / "home.json").read_text(encoding="utf-8")))
    shown = walk(replay, "x")
    assert shown["decided"][0] == 1
    assert set(shown["decided"][1:]) == {5, 6}, "this run takes both branches"
    for step in range(1, len(replay)):
        grew = replay.epsilon[step] > replay.epsilon[step - 1] * (1 + 1e-6)
        assert shown["decided"][step] == (5 if grew else 6), step
        assert shown["decided"][step] in shown["lit"][step]
    json.dumps(shown, allow_nan=False)


def test_every_step_runs_the_loop_and_one_of_the_branches():
    for branch in (1, 2):
        assert set(lit_lines(branch)) >= {2, 3, 4, 8}
        assert len({5, 6} & set(lit_lines(branch))) == 1
    assert lit_lines(0) == (1,)
    assert decided_at(3) is None, "attacks without epsilon have no branch"
    assert "if Lᵗ < Lᵗ⁻¹" in LINES[4]
    assert "else" in LINES[5]
