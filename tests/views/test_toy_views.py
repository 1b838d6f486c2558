"""Views of the plane: regions, payloads, the recorded film, exported pictures, and code that really runs."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from masw_core.toy import LAYOUTS, load_toy
from masw_core.toy.field import Grid, constraints_on, scores_on
from masw_core.toy.fluctuation import path_of
from masw_core.toy.points import encode
from masw_core.toy.setup import Setup
from masw_core.views import toy_code, toy_export, toy_payload
from masw_core.views.toy_regions import regions

import numpy as np
import pytest
import torch
from PIL import Image

RECORDED = Path(__file__).resolve().parents[2] / "assets" / "recorded" / "film.json"
FILM = Setup("film", LAYOUTS["film"].start, LAYOUTS["film"].true, LAYOUTS["film"].k)


def payload(setup: Setup) -> dict:
    return {"plane": toy_payload.plane(setup), "runs": [toy_payload.run_payload(*run) for run in setup.run()]}


def test_region_names_are_what_the_network_says_there():
    toy = load_toy("film")
    grid = Grid.over(toy.model, 200)
    box = tuple(tuple(edge.tolist()) for edge in toy.box)
    found = regions(grid.shaped(scores_on(grid, toy.model)), box, toy.model.labels)
    assert {"{1, 2}", "{1}", "{2, 4}", "{3}", "{4, 5}"} <= {name for _, _, name in found.names}
    for x, y, name in found.names:
        on = toy.model(torch.tensor([[x, y]]))[0] >= 0
        said = [label for label, yes in zip(toy.model.labels, on.tolist(), strict=True) if yes]
        assert name == ("{" + ", ".join(said) + "}" if said else "∅")
    picture = Image.open(BytesIO(found.png))
    assert picture.mode == "RGBA"
    assert picture.size == (600, 300)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_top_k_regions_have_k_labels(k):
    toy = load_toy("fig1a")
    grid = Grid.over(toy.model, 60)
    found = regions(grid.shaped(scores_on(grid, toy.model)), ((-1, -1), (1, 1)), toy.model.labels, k=k)
    assert all(name.count(",") == k - 1 for _, _, name in found.names)


def test_fields_are_the_goal_at_every_cell():
    toy = load_toy("film")
    grid = Grid.over(toy.model, 40)
    field = constraints_on(grid, scores_on(grid, toy.model), toy.goal)
    assert field.values.shape == (20, 40, 4)
    packed = toy_payload._field(field.values)
    whole = np.frombuffer(base64.b64decode(packed["data"]), np.int16).reshape(4, 20, 40)
    again = whole.transpose(1, 2, 0) * np.array(packed["scale"])
    np.testing.assert_allclose(again, field.values, atol=1e-3)
    corner = toy.goal.constraints(toy.model(torch.tensor([[-1 + 1 / 40, 1 - 1 / 40]])))
    np.testing.assert_allclose(field.values[0, 0], corner.values[corner.mask].numpy(), atol=1e-4)


@pytest.mark.parametrize("setup", [FILM, Setup("fig1c", (0.0, 0.5), ("6", "7"), 2, ("2", "8"), space="probability")])
def test_payloads_are_plain_json(setup):
    data = payload(replace(setup, steps=20))
    text = json.dumps(data, allow_nan=False)
    assert len(text) < 2_000_000
    assert all(len(run["sentences"]) == run["n"] == 21 for run in data["runs"])


def test_pulls_add_up_to_the_step_of_masw():
    """The arrows of the player: their sum points where the run goes next, for attacks without pulls they are units."""
    free = replace(FILM, attacks=("masw", "pgd"), tau=20.0, steps=12, step_size=0.01, start=(0.1, 0.6))
    for key, _, trace in free.run():
        packed = base64.b64decode(toy_payload.pulls(free, trace))
        pulls = np.frombuffer(packed, np.float32).reshape(len(trace), trace.constraints.shape[1], 2)
        moves, sums = np.diff(path_of(trace), axis=0), pulls.sum(1)[:-1]
        if key == "pgd":
            np.testing.assert_allclose(np.linalg.norm(pulls, axis=2), trace.constraints < 0, atol=1e-5)
            continue
        np.testing.assert_allclose(
            moves / np.linalg.norm(moves, axis=1, keepdims=True),
            sums / np.linalg.norm(sums, axis=1, keepdims=True),
            atol=1e-3,
        )


def test_the_recorded_film_is_what_the_code_does_today():
    recorded = {run["key"]: run for run in json.loads(RECORDED.read_text(encoding="utf-8"))["runs"]}
    assert RECORDED.stat().st_size < 100_000
    for key, _, trace in FILM.run():
        path = np.frombuffer(base64.b64decode(recorded[key]["path"]), np.float32).reshape(-1, 2)
        np.testing.assert_allclose(path[:15], path_of(trace)[:15], atol=5e-3)
        assert bool(trace.success[-1]) == (key != "tkml")


def test_the_film_does_what_the_page_says():
    ends = {key: path_of(trace)[-1] for key, _, trace in FILM.run()}
    np.testing.assert_allclose(ends["masw-spw"], (-0.61, 0.87), atol=0.06)
    np.testing.assert_allclose(ends["tkml"], (0.0, 1.0), atol=0.08)
    np.testing.assert_allclose(ends["kfool"], (-1.0, 1.0), atol=1e-3)


def test_animations_and_pictures_open_again():
    data = payload(replace(FILM, steps=12))
    for kind in ("webp", "gif"):
        picture = Image.open(BytesIO(toy_export.animation(data, kind)))
        assert picture.n_frames == 13
    assert Image.open(BytesIO(toy_export.png(data, 5))).size[0] == toy_export.WIDTH


OWN = encode([(-0.8, 0.0, (0,)), (0.0, 0.0, (0, 1)), (0.8, 0.0, (1,))])


@pytest.mark.parametrize(
    "setup",
    [
        replace(FILM, steps=15, weightings=("spw", "uniform")),
        Setup("fig1c", (0.05, 0.5), ("6", "7"), 2, ("2", "8"), steps=15),
        Setup("own", (0.0, 0.0), ("1",), 1, attacks=("masw", "kfool"), steps=15, points=OWN),
    ],
    ids=["film", "fig1c", "own"],
)
def test_the_code_runs_and_ends_where_the_page_does(setup, capsys):
    exec(compile(toy_code.code(setup), "run.py", "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    for line, (key, _, trace) in zip(printed, setup.run(), strict=True):
        name, rest = line.split(" ", 1)
        x, y = json.loads(rest[: rest.index("]") + 1])
        assert name == key
        np.testing.assert_allclose((x, y), path_of(trace)[-1], atol=0.05)
