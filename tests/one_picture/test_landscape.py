"""The slice agrees with the run at its corners, paths end where they ended, and no row depends on another."""

from __future__ import annotations

from masw_core import load_attack, make_goal, run
from masw_core.one_picture.landscape import LandscapeRecorder, Path, Plane, compute, sides
from masw_core.views import landscape as views

import numpy as np
import plotly.graph_objects as go
import pytest


@pytest.fixture
def runs(tagger, images, true):
    goal = make_goal("best", true[:1], 2, tagger(images[:1]).detach())
    attacks = {name: load_attack(name, steps=12, tau=3.0, step_size=0.3) for name in ("masw", "tkml")}
    return {
        name: run(one, tagger, images[:1], goal, stop="never", trace=True).traces[0] for name, one in attacks.items()
    }


def made(trace, step, model, plane, a, b):
    recorder = LandscapeRecorder(trace, a, b)
    for row in compute(trace, step, model, plane, a, b):
        recorder.take(row.cpu())
    return recorder.snapshot(complete=True)


CORNERS = np.array([0.0, 1.0]), np.array([-0.5, 0.0])


def test_corners_are_the_clean_and_the_best_step_of_the_run(runs, tagger):
    trace = runs["masw"]
    best = trace.best_step
    found = made(trace, best, tagger, Plane.of(trace, best), *CORNERS)
    for column, step in ((0, 0), (1, best)):
        np.testing.assert_allclose(found.constraints[1, column], trace.constraints[step], atol=1e-5)
        pull = np.where(np.array(trace.header["family"]) == "rank", 0.5, trace.header["config"]["lambda2"])
        by_hand = (
            pull * trace.weights[best] * trace.slack[step] ** 2
        ).sum() / 2  # Eq. 16 under the best step's weights
        assert found.lagrangian[1, column] == pytest.approx(by_hand, rel=1e-4)
    assert (found.clearance[1] > 0).tolist() == trace.success[[0, best]].tolist()
    assert found.weighted


def test_an_attack_without_weights_is_shown_by_the_squared_violation(runs, tagger):
    trace = runs["tkml"]
    found = made(trace, 12, tagger, Plane.of(trace, 12), *CORNERS)
    by_hand = np.square(np.minimum(trace.constraints[[0, 12]], 0)).sum(1) / 2
    np.testing.assert_allclose(found.lagrangian[1], by_hand, rtol=1e-4)
    assert not found.weighted


def test_both_attacks_end_in_the_plane_and_their_paths_start_at_the_clean_picture(runs):
    masw, tkml = runs["masw"], runs["tkml"]
    plane = Plane.of(masw, masw.best_step, towards=tkml.perturbation_at(12)[0])
    assert plane.project(masw.perturbation_at(masw.best_step)[0]) == pytest.approx((1, 0, 0), abs=1e-6)
    a, b, outside = plane.project(tkml.perturbation_at(12)[0])
    assert outside == pytest.approx(0, abs=1e-6)
    assert plane.unit * np.hypot(a, b) == pytest.approx(tkml.norm[12], rel=1e-5)
    for trace in runs.values():
        path = Path.of(plane, trace, "it")
        assert (path.a[0], path.b[0], path.outside[0]) == (0, 0, 0)
        lengths = np.sqrt(plane.unit**2 * (path.a**2 + path.b**2) + path.outside**2)
        np.testing.assert_allclose(lengths, trace.norm[path.steps], rtol=1e-4)
    a, b = sides([Path.of(plane, tkml, "it")])
    assert a[0] < 0 < 1 < a[-1]
    assert b[0] < Path.of(plane, tkml, "it").b[-1] < b[-1]


def test_rows_do_not_depend_on_each_other(runs, tagger):
    trace = runs["masw"]
    plane, a = Plane.of(trace, 12, seed=4), np.linspace(-0.5, 1.5, 5)
    whole = made(trace, 12, tagger, plane, a, np.array([-1.0, 0.0, 0.7]))
    row = made(trace, 12, tagger, plane, a[::-1], np.array([0.7]))
    np.testing.assert_allclose(row.lagrangian[0, ::-1], whole.lagrangian[2], rtol=1e-6)
    again = Plane.of(trace, 12, seed=4)
    assert (again.second == plane.second).all()
    assert (Plane.of(trace, 12, seed=5).second != plane.second).any()


def test_what_spans_no_plane_is_refused(runs):
    trace = runs["masw"]
    with pytest.raises(ValueError, match="still the clean one"):
        Plane.of(trace, 0)
    with pytest.raises(ValueError, match="take a random direction"):
        Plane.of(trace, 12, towards=2 * trace.perturbation_at(12)[0])


def test_the_figure_draws_a_half_finished_slice_too(runs, tagger):
    trace = runs["masw"]
    plane = Plane.of(trace, 12, towards=runs["tkml"].perturbation_at(12)[0])
    paths = [Path.of(plane, one, name) for name, one in runs.items()]
    a, b = sides(paths, 7)
    recorder = LandscapeRecorder(trace, a, b)
    rows = compute(trace, 12, tagger, plane, a, b)
    for _ in range(4):
        recorder.take(next(rows))
    half = views.figure(trace, recorder.snapshot(), paths)
    assert half["data"][0]["z"][6] == [None] * 7
    assert None not in half["data"][0]["z"][3]
    go.Figure(half)
    assert [line["name"] for line in half["data"][-2:]] == ["masw", "tkml"]
    assert "at its end 0.00" in views.outside(plane, paths)[1]
