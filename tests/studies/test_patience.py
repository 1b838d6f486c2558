"""Patience (Fig. 11(a)): one long run says what runs with every E would have done, and the command writes it down."""

from __future__ import annotations

import json
from dataclasses import replace

from masw_core.benchmark.cell import Cell, Protocol
from masw_core.benchmark.measuring import measure
from masw_core.commands.cli import main
from masw_core.studies.catalogue import find_study
from masw_core.studies.patience import PASSES, Ending, measure_endings
from masw_core.universal import load_universal, run_universal
from masw_core.universal.step import PassRow

import pandas as pd
import pytest
import torch

STUDY = find_study("patience")
RUN = ["study", "patience", "--samples", "3", "--steps", "2", "--device", "cpu"]


def history(*rates):
    """ASR, SASR and LFR of the clean images and of each pass."""
    return tuple(
        PassRow(number, *row, norm=1.0, skipped=0.0, forwards=0, backwards=0) for number, row in enumerate(rates)
    )


def test_an_end_written_out_by_hand():
    """SASR rises in passes 1 and 2, LFR in 1 and 4: neither in 3, 5 and 6; pass 6 has the highest ASR."""
    rows = history(
        (0.0, 0.0, 0.0),
        (0.2, 0.3, 0.3),
        (0.3, 0.5, 0.3),
        (0.1, 0.4, 0.3),
        (0.2, 0.4, 0.4),
        (0.1, 0.5, 0.4),
        (0.4, 0.5, 0.3),
        (0.1, 0.1, 0.1),
    )
    assert [Ending("masw", patience).end(rows) for patience in range(5)] == [3, 6, 7, 7, 7]
    assert [Ending("masw", patience).returned(rows) for patience in range(5)] == [2, 6, 6, 6, 6]
    assert [Ending("masw", patience, last=True).returned(rows) for patience in range(3)] == [3, 6, 7]


@pytest.mark.parametrize(("tau", "seed"), [(0.5, 0), (0.8, 0), (0.8, 3), (1.5, 1)])
def test_ends_are_those_of_runs_with_that_patience(tagger, images, true, tau, seed):
    """The same passes, to the last bit, the same end and the same best pass as a run that had this patience."""
    universal = load_universal("masw", inner={"steps": 3}, tau=tau, batch=5, passes=9, patience=9, seed=seed)
    passes = {}
    whole = run_universal(
        universal, tagger, images, true, 2, on_step=lambda s: passes.update({s.number: s.perturbation})
    )
    assert len(whole.history) == 10
    ends = set()
    for patience in (0, 1, 2, 3, 5):
        alone = run_universal(replace(universal, patience=patience), tagger, images, true, 2)
        ending = Ending("masw", patience)
        assert ending.end(whole.history) == alone.history[-1].number
        assert whole.history[: ending.end(whole.history) + 1] == alone.history
        assert ending.returned(whole.history) == alone.best_pass
        assert torch.equal(passes[alone.best_pass], alone.perturbation)
        ends.add(ending.end(whole.history))
    assert len(ends) > 1


def test_a_row_is_that_of_the_universal_cell_that_ends_there():
    """A cell of the benchmark with as many passes as the ending needs finds the same z and pays the same calls."""
    protocol = Protocol(samples=6, steps=3, device="cpu", training=6, passes=4)
    cells = [Cell("scenes", "scenes", "universal", 3, f"masw+patience={patience}", 0) for patience in (0, 9)]
    run, rows = measure_endings(cells, protocol)
    assert len(run.judged) == 4
    for cell, (row, samples) in zip(cells, rows, strict=True):
        passes = Ending.parse(cell.attack).end(run.history)
        alone, images = measure(replace(cell, attack="masw"), replace(protocol, passes=passes))
        timeless = [name for name in alone if name not in ("attack", "seconds_per_image")]
        assert {name: row[name] for name in timeless} == pytest.approx(
            {name: alone[name] for name in timeless}, nan_ok=True
        )
        assert [one["success"] for one in samples] == [one["success"] for one in images]


def test_the_command_writes_a_study_like_the_others(tmp_path, capsys):
    assert main([*RUN, "--k", "2", "--out", str(tmp_path)]) == 0
    assert "1 runs of 15 passes measured" in capsys.readouterr().out
    table = pd.read_csv(tmp_path / "study.csv")
    assert table["attack"].tolist() == list(STUDY.methods)
    assert set(table["variable"]) == {"E"}
    assert set(table["k"]) == {2}
    assert (table.loc[table["value"] == STUDY.baseline, "p"] == 1).all()
    best = table[table["series"] == "MASW, best z"]
    assert best["forwards"].is_monotonic_increasing, "a longer patience costs more"
    passes = pd.read_csv(tmp_path / "passes-k2-seed0.csv")
    assert passes["pass"].tolist() == list(range(1, PASSES + 1))
    text = (tmp_path / "study.md").read_text()
    assert STUDY.claim in text
    assert "| E | ends in pass | best pass until then |" in text
    assert "nan" not in text
    assert "scatter" in (tmp_path / "study.html").read_text()


def test_it_is_listed_and_what_does_not_apply_is_refused(capsys):
    assert main(["list", "studies", "--json"]) == 0
    assert STUDY.name in [one["name"] for one in json.loads(capsys.readouterr().out)]
    for option in (["--cases", "worst"], ["--batch", "5"], ["--engine", "ray"], ["--workers", "2"]):
        assert main([*RUN, *option, "--out", "/tmp/never-written"]) == 2
        assert "does not apply" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["masw", "masw+patience=-1", "masw+patience=x", "masw+patience=1+z=first"])
def test_a_variant_without_an_ending_is_refused(text):
    with pytest.raises(ValueError, match="names no ending"):
        Ending.parse(text)


def test_settings_of_the_attack_stay_with_it():
    assert Ending.parse("masw:paper+eta=1.2+patience=3+z=last") == Ending("masw:paper+eta=1.2", 3, last=True)


def test_cells_of_different_runs_are_refused():
    cells = [Cell("scenes", "scenes", "universal", k, "masw+patience=1", 0) for k in (2, 3)]
    with pytest.raises(ValueError, match="patience alone"):
        measure_endings(cells, Protocol(samples=2, device="cpu"))
