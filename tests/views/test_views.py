"""Views: Plotly accepts every figure, the player's payload is complete and small, rows agree everywhere."""

from __future__ import annotations

import json
from base64 import b64decode
from io import BytesIO

from masw_core import load_attack, make_goal, run
from masw_core.trace.trace import Trace
from masw_core.views import figures, payload, pictures, rows

import numpy as np
import plotly.graph_objects as go
import pytest
from noisy_run import noisy_run
from PIL import Image

FIGURES = (
    figures.labels_over_time,
    figures.slack_and_weights,
    figures.schedule,
    figures.constraint_map,
    figures.measures_over_time,
)


@pytest.fixture(params=[("masw", "untargeted"), ("masw", "worst"), ("pgd", "best")], ids="-".join)
def trace(request, tagger, images, true) -> Trace:
    attack, case = request.param
    goal = make_goal(case, true[:1], 2, tagger(images[:1]).detach())
    return run(load_attack(attack, steps=25, tau=2.0), tagger, images[:1], goal, stop="never", trace=True).traces[0]


@pytest.mark.parametrize("view", FIGURES, ids=lambda view: view.__name__)
@pytest.mark.parametrize("step", [0, 13, 25])
def test_plotly_accepts_every_figure(trace, view, step):
    spec = view(trace, step)
    figure = go.Figure(spec)
    assert len(figure.data) >= 1
    json.dumps(spec, allow_nan=False)


@pytest.mark.parametrize("view", FIGURES, ids=lambda view: view.__name__)
def test_a_run_stopped_at_once_still_draws(trace, view):
    go.Figure(view(trace[:1], 0))


def test_true_labels_come_first_everywhere(trace):
    roles = [row.role for row in rows.label_rows(trace)]
    assert roles == sorted(roles, key=rows.ROLES.index)
    assert len({row.index for row in rows.label_rows(trace)}) == len(roles)
    bars = [bar.role for bar in rows.constraint_rows(trace)]
    assert bars == sorted(bars, key=rows.ROLES.index)


def test_ranks_are_those_of_the_scores(trace):
    places = rows.ranks(trace)
    np.testing.assert_array_equal(np.take_along_axis(trace.scores, places.argsort(1), 1), -np.sort(-trace.scores, 1))


def array(data, name, kind):
    return np.frombuffer(b64decode(data[name]), dtype=kind).reshape(data["n"], -1)


def test_the_payload_holds_the_trace(trace):
    data = payload.player_payload(trace, "run")
    json.dumps(data, allow_nan=False)
    shown = [row.index for row in rows.label_rows(trace)]
    columns = [bar.column for bar in rows.constraint_rows(trace)]
    np.testing.assert_allclose(array(data, "scores", np.float16), trace.scores[:, shown], rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(array(data, "values", np.float16), trace.constraints[:, columns], rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(array(data, "slack", np.float16), trace.slack[:, columns], rtol=1e-3, atol=1e-6)
    np.testing.assert_array_equal(array(data, "open", np.uint16)[:, 0], (trace.constraints < 0).sum(1))
    np.testing.assert_allclose(array(data, "weights", np.uint8) / 255, trace.weights[:, columns], atol=1 / 255)
    np.testing.assert_array_equal(array(data, "success", np.uint8)[:, 0], trace.success)
    np.testing.assert_array_equal(array(data, "branch", np.uint8)[:, 0], trace.branch)
    assert len(data["sentences"]) == data["n"] == len(trace)
    inside = trace.scores[:, shown] >= array(data, "kth", np.float32)
    np.testing.assert_array_equal(inside, array(data, "ranks", np.uint16) <= data["k"])
    assert data["events"] == trace.epsilon_events


def test_the_frames_rebuild_the_adversarial_picture(trace):
    frames = payload.player_payload(trace, "run")["pictures"]
    step, gain = frames["steps"][-1], frames["gains"][-1]
    noise = np.asarray(Image.open(BytesIO(b64decode(frames["noise"][-1].split(",")[1]))), dtype=float)
    rebuilt = (noise - 128) * gain / 127
    exact = trace.perturbation_at(step)[0].transpose(1, 2, 0)
    assert np.sqrt(np.mean((rebuilt - exact) ** 2)) < 0.2 * gain


def test_a_live_payload_sends_one_frame_and_knows_the_end(trace):
    data = payload.player_payload(trace[:5], "run", live=True)
    assert (data["n"], data["last"], data["live"]) == (5, 25, True)
    assert len(data["pictures"]["noise"]) == 1


def test_300_steps_of_80_labels_and_160_constraints_stay_below_two_megabytes():
    data = payload.player_payload(noisy_run(80, 160), "run")
    assert (len(data["rows"]), len(data["bars"])) == (80, 160)
    assert len(data["pictures"]["steps"]) <= payload.FRAMES
    assert len(json.dumps(data)) < 2_000_000


def test_beyond_some_hundred_labels_the_browser_gets_those_that_are_shown_and_some_more():
    data = payload.player_payload(noisy_run(600, 1000), "run", frames=4)
    shown = sum(not row["folded"] for row in data["rows"])
    assert len(data["rows"]) == max(shown, payload.SENT)
    assert (data["labels"], data["constraints"]) == (600, 1000)


def test_pictures_round_as_png_does(trace):
    image = pictures.adversarial_at(trace, len(trace) - 1)[0]
    again = np.asarray(Image.open(BytesIO(pictures.png(image)))).transpose(2, 0, 1) / 127.5 - 1
    assert np.abs(again - image).max() <= 0.5 / 127.5 + 1e-6


def test_magnified_noise_fills_but_does_not_drown():
    z = np.random.default_rng(0).normal(0, 0.01, (3, 32, 32))
    seen = pictures.magnified(z, pictures.magnification(z))
    assert 0.5 < np.abs(seen).max() <= 1
    assert (np.abs(seen) < 1).mean() > 0.98
    assert pictures.magnification(np.zeros((3, 4, 4))) == 1
