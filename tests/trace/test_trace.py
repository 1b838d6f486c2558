"""Traces: what was recorded comes back, from a file too, and damaged files get one sentence."""

import io

from masw_core import Trace, iterate, load_attack, make_goal, run
from masw_core.trace.recorder import FIRST, TraceRecorder
from masw_core.trace.trace import TraceError

import numpy as np
import pytest
import torch


@pytest.fixture
def trace(tagger, images, true):
    goal = make_goal("worst", true, 2, tagger(images).detach())
    return run(
        load_attack("masw", steps=30, tau=2.0), tagger, images[:2], goal[:2], stop="never", trace=True, seed=7
    ).traces[0]


def test_a_trace_holds_what_the_steps_said(tagger, images, true):
    goal, attack = make_goal("best", true, 2, tagger(images).detach()), load_attack("masw", steps=20, tau=1.5)
    steps = list(iterate(attack, tagger, images, goal))
    trace = run(attack, tagger, images, goal, stop="never", trace=True).traces[3]
    mask = steps[0].mask[3]
    for index, step in enumerate(steps):
        np.testing.assert_allclose(trace.slack[index], step.slack[3, mask], rtol=1e-6)
        np.testing.assert_allclose(trace.weights[index], step.weights[3, mask], rtol=1e-6)
        np.testing.assert_allclose(trace.scores[index], step.scores[3], rtol=1e-6)
        assert trace.epsilon[index] == pytest.approx(step.epsilon[3].item())
        assert trace.branch[index] == step.branch[3]
        z, at = trace.perturbation_at(index)
        assert at == index
        np.testing.assert_allclose(z, step.perturbation[3], atol=1e-6)


def test_a_file_gives_the_same_trace_back(trace, tmp_path):
    for target in (tmp_path / "trace.npz", io.BytesIO()):
        trace.save(target)
        if isinstance(target, io.BytesIO):
            target.seek(0)
        again = Trace.load(target)
        assert again.header == trace.header
        assert again.header["seed"] == 7
        for name in ("scores", "slack", "weights", "epsilon", "exact", "perturbations", "success"):
            np.testing.assert_array_equal(getattr(again, name), getattr(trace, name))
        assert again.best_step == trace.best_step


def test_measures_of_a_trace_are_those_of_its_scores(trace, tagger, images, true):
    from masw_core.task import measures

    goal = make_goal("worst", true, 2, tagger(images).detach())[:1]
    last = torch.as_tensor(trace.scores[-1:]).double()
    expected = measures.of_goal(goal, last, torch.as_tensor(trace.scores[:1]).double())
    for name, values in trace.measures().items():
        assert values[-1] == pytest.approx(expected[name].item())


def test_a_cut_trace_is_the_beginning(trace):
    early = trace[:10]
    assert len(early) == 10
    np.testing.assert_array_equal(early.slack, trace.slack[:10])
    assert max(early.stored.tolist() + early.exact_steps.tolist()) < 10
    assert not early.header["complete"]
    with pytest.raises(ValueError, match="first steps"):
        trace[5:10]


class Big(torch.nn.Module):
    """For images of any size."""

    def forward(self, x):
        return torch.stack([x.mean((1, 2, 3)) * slope for slope in (300.0, -200.0, 100.0, 1.0)], 1)


def grey():
    """One grey image, with a darker edge so that it is seen to lie in [-1, 1]."""
    x = torch.full((1, 3, 40, 40), 0.1)
    x[..., 0] = -0.01
    return x


def test_large_inputs_keep_few_pictures_and_the_telling_ones_exactly():
    x = grey()
    goal = make_goal("untargeted", torch.tensor([[True, False, False, False]]), 1)
    trace = run(load_attack("masw", steps=200, tau=40.0, step_size=0.2), Big(), x, goal, stop="never", trace=True)
    trace = trace.traces[0]
    assert len(trace.stored) <= 64
    assert {trace.first_success, trace.best_step, 200} <= set(trace.exact_steps.tolist())
    for step in (0, 57, 200):
        z, at = trace.perturbation_at(step)
        assert step - 4 < at <= step
        assert np.linalg.norm(z) == pytest.approx(trace.norm[at], rel=0.02, abs=1e-6)


def test_a_recorder_can_be_read_while_it_records(tagger, images, true):
    goal = make_goal("untargeted", true, 2)
    recorder = TraceRecorder({"labels": list("abcdefgh"), "k": 2}, images[0].numpy(), 10)
    with pytest.raises(TraceError, match="first step"):
        recorder.snapshot()
    for step in iterate(load_attack("pgd", steps=10), tagger, images, goal):
        recorder.append(step.cpu(), 0)
        assert len(recorder.snapshot()) == step.index + 1


def test_what_was_recorded_so_far_shares_the_pictures_and_stays_as_it_was():
    x, goal = grey(), make_goal("untargeted", torch.tensor([[True, False, False, False]]), 1)
    recorder = TraceRecorder({"labels": list("abcd"), "k": 1}, x[0].numpy(), 100)
    early, norms = [], []
    for step in iterate(load_attack("masw", steps=100, tau=40.0, step_size=0.2), Big(), x, goal):
        recorder.append(step, 0)
        norms.append(step.norm.item())
        if step.index % 10 == 0:
            early.append(recorder.snapshot())
    last = recorder.snapshot(complete=True)
    assert len(last.stored) > 5 * FIRST  # there was no room for so many at first
    assert np.shares_memory(last.perturbations, recorder.pictures)
    for trace in (*early, last):
        assert trace.stored.tolist() == list(range(0, len(trace), recorder.every))
        for at, picture, scale in zip(trace.stored, trace.perturbations, trace.scales, strict=True):
            assert np.linalg.norm(picture * scale) == pytest.approx(norms[at], rel=0.02, abs=1e-6)


def test_csv_has_a_row_per_step_and_a_column_per_constraint(trace):
    lines = trace.to_csv().splitlines()
    assert len(lines) == len(trace) + 1
    assert lines[0].count("slack(") == len(trace.header["label"])
    assert len({line.count(",") for line in lines}) == 1


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 broken"])
def test_other_files_are_refused_in_one_sentence(content):
    with pytest.raises(TraceError, match=r"choose a trace\.npz"):
        Trace.load(io.BytesIO(content))


def test_a_pickle_inside_a_file_is_never_executed(tmp_path):
    np.savez(tmp_path / "evil.npz", header=np.array([{"a": 1}], dtype=object))
    with pytest.raises(TraceError):
        Trace.load(tmp_path / "evil.npz")
