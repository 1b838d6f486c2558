"""The 2-D problems: what is promised of each, own data, the race, and the fluctuation numbers."""

from __future__ import annotations

import time

from masw_core import load_attack, run
from masw_core.toy import TOYS, load_toy, train_toy
from masw_core.toy.fluctuation import fluctuation_of, path_of
from masw_core.toy.problem import train_layout
from masw_core.toy.race import race

import numpy as np
import pytest
import torch


@pytest.mark.parametrize("name", TOYS)
def test_every_problem_keeps_its_promises(name):
    toy = load_toy(name)
    low, high = toy.box
    points = torch.rand(50, 2) * (high - low) + low
    assert toy.model(points).shape == (50, len(toy.model.labels))
    assert toy.start.shape == (2,)
    assert toy.candidates.shape[1] == 2
    assert len(toy.goal) == 1
    for point in (toy.start, *toy.candidates):
        assert bool(((point >= low) & (point <= high)).all())
    assert set(toy.model.recommended_tau) == {"untargeted", "best", "random", "worst"}
    with torch.no_grad():
        learned = (toy.model(toy.points) > 0) == (toy.confidence > 0.5)
    assert learned.all(1).double().mean() > 0.9
    assert not bool(toy.goal.success(toy.model(toy.start[None])).any())


@pytest.mark.parametrize("name", TOYS)
def test_training_again_gives_the_shipped_network(name):
    shipped, fresh = load_toy(name), train_layout(name)
    torch.testing.assert_close(fresh.model(shipped.points), shipped.model(shipped.points), atol=0.05, rtol=0.05)


def test_start_carries_the_true_labels():
    for name in TOYS:
        toy = load_toy(name)
        on = toy.model(toy.start[None])[0] >= 0
        assert bool(on[toy.goal.true[0]].all()), name


def test_an_unknown_problem_is_named_with_the_choices():
    with pytest.raises(ValueError, match="film, fig1a, fig1b, fig1c"):
        load_toy("fig2")


def test_points_of_your_own_are_learned():
    points = [[-0.8, -0.8], [-0.7, -0.6], [0.8, 0.8], [0.6, 0.7], [0.0, 0.1]]
    labels = [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0], [1, 1, 1]]
    began = time.perf_counter()
    model = train_toy(points, labels)
    assert time.perf_counter() - began < 20
    said = model(torch.tensor(points)) >= 0
    assert said.tolist() == [[bool(v) for v in row] for row in labels]
    again = train_toy(points, labels)
    assert torch.equal(again(torch.tensor(points)), model(torch.tensor(points)))


@pytest.mark.parametrize(
    ("points", "labels", "sentence"),
    [
        ([], torch.zeros(0, 2), "points as"),
        ([[0.0, 0.0, 0.0]], [[1, 0]], "points as"),
        ([[0.0, 0.0]], [[1]], "at least 2 labels"),
        ([[0.0, 3.0]], [[1, 0]], "outside the box"),
        ([[float("nan"), 0.0]], [[1, 0]], "outside the box"),
        ([[0.0, 0.0]] * 501, [[1, 0]] * 501, "1 to 500 points"),
    ],
)
def test_bad_points_get_a_sentence(points, labels, sentence):
    with pytest.raises(ValueError, match=sentence):
        train_toy(points, labels)


def attacks(steps=25):
    yield load_attack("masw", steps=steps, tau=2.0, step_size=0.03)
    yield load_attack("masw", steps=steps, tau=2.0, step_size=0.03, space="probability", weighting="uniform")
    yield load_attack("kfool", steps=steps, tau=2.0)
    yield load_attack("kfool", "port", steps=steps, tau=2.0)
    yield load_attack("tkml", steps=steps, tau=2.0, step_size=0.03)
    yield load_attack("pgd", steps=steps, tau=2.0, step_size=0.03)


def test_a_race_gives_the_traces_of_single_runs():
    toy = load_toy("film")
    model = toy.model.double()  # at boundaries single precision rounds a batch and a point to different sides
    starts = torch.stack([toy.start, toy.start + 0.1]).double()
    together = race(list(attacks()), model, starts, toy.goal)
    for attack, traces in zip(attacks(), together, strict=True):
        for row, start in enumerate(starts):
            alone = run(attack, model, start[None], toy.goal, stop="never", trace=True).traces[0]
            np.testing.assert_allclose(path_of(traces[row]), path_of(alone), atol=1e-4)
            np.testing.assert_allclose(traces[row].slack, alone.slack, atol=1e-2)
            assert traces[row].header["attack"] == alone.header["attack"]
            assert traces[row].header["config"] == alone.header["config"]


def test_a_race_refuses_unequal_steps():
    toy = load_toy("film")
    unequal = [load_attack("masw", steps=3, tau=1.0), load_attack("tkml", steps=4, tau=1.0)]
    with pytest.raises(ValueError, match="same steps"):
        race(unequal, toy.model, toy.start[None], toy.goal)


def test_fluctuation_counts_what_the_path_did():
    toy = load_toy("film")
    (trace,) = race([load_attack("tkml", steps=60, tau=2.0, step_size=0.03)], toy.model, toy.start[None], toy.goal)[0]
    found, path = fluctuation_of(trace), path_of(trace)
    assert found.travelled == pytest.approx(np.linalg.norm(np.diff(path, axis=0), axis=1).sum(), rel=1e-5)
    assert found.gained == pytest.approx(np.linalg.norm(path[-1] - path[0]), rel=1e-5)
    assert found.ratio >= 1
    assert 0 <= found.rises <= 60
    assert found.late <= found.travelled
