"""The benchmark's columns on demand: they are what the judge says of the successes, and a folder keeps to one kind."""

from __future__ import annotations

from dataclasses import replace

from masw_core import load_attack, run
from masw_core.benchmark.cell import Cell, Protocol
from masw_core.benchmark.columns import COLUMNS, SURVIVES
from masw_core.benchmark.measuring import measure
from masw_core.benchmark.protocol import evaluation_set
from masw_core.benchmark.results import Results
from masw_core.benchmark.summary import read_results
from masw_core.survival.judge import scores_after, survived
from masw_core.task.targets import make_goal
from masw_core.views.sweep_report import markdown

import pytest

PROTOCOL = Protocol(samples=4, batch=4, steps=5, device="cpu", tau="12", survival=True)


@pytest.fixture(scope="module")
def row():
    return measure(Cell("scenes", "scenes", "untargeted", 3, "masw", 0), PROTOCOL)[0]


def test_a_row_counts_the_successes_that_survive(row):
    images = evaluation_set("scenes", "scenes", 4, 0, None, None, "cpu")
    goal = make_goal("untargeted", images.true, 3)
    attack = load_attack("masw", steps=5, tau=12.0, step_size=2.5 * 12 / 5)
    result = run(attack, images.model, images.x, goal)
    kept = survived(goal, *(scores_after(images.model, x) for x in (result.adversarial, images.x)))
    assert bool(result.success.any())
    assert [row[name] for name in SURVIVES] == pytest.approx(kept[:, result.success].double().mean(1).tolist())


def test_a_folder_keeps_to_one_kind_of_row(row, tmp_path):
    results = Results(tmp_path, PROTOCOL)
    results.add(row, [])
    assert set(results.rows()[0]) == {*COLUMNS, *SURVIVES}
    assert Results(tmp_path, PROTOCOL).holds(Cell("scenes", "scenes", "untargeted", 3, "masw", 0).key)
    with pytest.raises(ValueError, match="survival = True: give the same, or another --out"):
        Results(tmp_path, replace(PROTOCOL, survival=False))
    assert "## Does it survive?" in markdown(read_results(tmp_path / "results.csv"))


def test_a_folder_from_before_is_one_without(tmp_path):
    (tmp_path / "protocol.json").write_text('{"samples": 4, "steps": 5}')
    with pytest.raises(ValueError, match="survival = False"):
        Results(tmp_path, PROTOCOL)
