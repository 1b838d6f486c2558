"""Curves are those of the measured runs, relative to their start, and resume."""

from masw_core import make_goal
from masw_core.benchmark.cell import Cell, Protocol
from masw_core.benchmark.measuring import measure
from masw_core.benchmark.sweep import grid
from masw_core.studies import curves
from masw_core.task import metrics
from masw_core.trace.step import Step

import pandas as pd
import pytest
import torch


def test_followed_runs_are_the_measured_ones():
    """The mean fluctuation of the followed Lagrangians is the row's, so both ran the same attack on the same goals."""
    protocol = Protocol(samples=4, steps=6, device="cpu", stop="never")
    for attack, case in (("masw", "random"), ("tkml", "untargeted")):
        cell = Cell("scenes", "scenes", case, 3, attack, 1)
        values = curves.follow(cell, protocol, ["lagrangian"])["lagrangian"]
        assert values.shape == (4, 7)
        assert float(metrics.fluctuation(values).mean()) == pytest.approx(measure(cell, protocol)[0]["fluctuation"])


def test_curves_resume_and_leave_out_what_an_attack_does_not_have(tmp_path, monkeypatch):
    protocol, file = Protocol(samples=2, steps=2, device="cpu", stop="never"), tmp_path / "curves.csv"
    cells = grid("scenes", ["scenes"], ["masw", "pgd"], ["worst"], [3], 1)
    curves.follow_all(cells[:1], protocol, ["epsilon"], file)
    first = file.read_text()
    curves.follow_all(cells, protocol, ["epsilon", "lagrangian"], file)
    table = pd.read_csv(file)
    assert file.read_text().startswith(first)  # what was there is not run again
    assert set(table.loc[table["attack"] == "pgd", "quantity"]) == {"lagrangian"}
    monkeypatch.setattr(curves, "follow", None)
    curves.follow_all(cells, protocol, ["lagrangian"], file)


def test_a_summary_is_relative_and_shows_the_curve_that_fluctuates_most():
    calm, wild = [4.0, 2.0, 1.0], [-2.0, 2.0, -2.0]
    summary = curves.summarise(torch.tensor([calm, wild]))
    assert summary["mean"].tolist() == pytest.approx([0.0, 0.75, -0.375])
    assert summary["example"].tolist() == [-1, 1, -1]


def test_violation_is_half_the_squared_slack_that_all_attacks_share(tagger, images, true):
    goal = make_goal("worst", true, 2, tagger(images).detach())
    constraints = goal.constraints(tagger(images).detach())
    step = Step.at(torch.zeros_like(images), tagger(images), constraints, torch.zeros(len(images)))
    torch.testing.assert_close(curves.violation(step), step.slack.square().sum(1) / 2)
