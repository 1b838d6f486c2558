"""Studies: every method of every figure runs, tables compare image by image, what is stored is whole."""

import json
import shutil
from itertools import product
from pathlib import Path

from masw_core import load_attack, run
from masw_core.benchmark.cell import Cell, Protocol
from masw_core.benchmark.measuring import measure
from masw_core.benchmark.methods import Method
from masw_core.benchmark.protocol import evaluation_set
from masw_core.benchmark.summary import read_results
from masw_core.benchmark.sweep import grid
from masw_core.commands.cli import main
from masw_core.studies import curves
from masw_core.studies.catalogue import STUDIES, find_study
from masw_core.studies.definition import Study, Variant
from masw_core.studies.table import only_one_succeeds, study_table
from masw_core.task.measures import failure_degree
from masw_core.task.targets import make_goal
from masw_core.views.study_figures import study_figures

import pandas as pd
import pytest

every_study = pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
SWEEPS = [study for study in STUDIES if study.kind == "sweep"]  # for others see test_patience
every_sweep = pytest.mark.parametrize("study", SWEEPS, ids=lambda study: study.name)
STORED = Path(__file__).parents[2] / "assets" / "results" / "studies"
RECORDED = [study for study in STUDIES if (STORED / study.name).exists()]
SMALL = ["--samples", "3", "--steps", "3", "--device", "cpu"]
SPW = ["study", "spw-elsewhere", *SMALL, "--cases", "untargeted,worst", "--k", "2"]


@every_sweep
def test_every_method_parses_and_can_do_what_the_figure_asks(study):
    cells = [
        cell
        for cell in grid("scenes", ["scenes"], study.methods, study.cases, study.ks, 1)
        if study.asks(cell.attack, cell.case)
    ]
    assert {cell.attack for cell in cells} == set(study.methods)
    assert len(set(study.methods)) == len(study.methods)
    for method in study.methods:
        assert Method.parse(method).attack(40, 3.0).steps >= 1


@every_study
def test_every_study_is_a_complete_sentence(study):
    assert find_study(study.name) is study
    assert study.question.endswith("?")
    for series in {variant.series for variant in study.variants}:
        assert sum(one.value == study.baseline for one in study.variants if one.series == series) == 1
    assert set(study.curves) <= set(curves.QUANTITIES)
    assert study.stop == ("never" if study.curves else "success")
    claims = bool(study.claim)
    assert claims == (study.figure != "ours")


@every_sweep
def test_one_row_of_every_method_can_be_measured(study):
    """The attack takes a step in each of the figure's cases: settings that only fail at run time would show here."""
    protocol = Protocol(samples=1, steps=1, device="cpu", stop=study.stop)
    seen = set()
    for cell in grid("scenes", ["scenes"], study.methods, study.cases, study.ks[:1], 1):
        place = (cell.attack, cell.case == "untargeted")
        if study.asks(cell.attack, cell.case) and place not in seen:
            seen.add(place)
            row, _ = measure(cell, protocol)
            assert row["samples"] == 1
    assert len(seen) >= len(study.methods)


@pytest.fixture(scope="module")
def spw(tmp_path_factory):
    """A study with names and without curves, run through the command."""
    folder = tmp_path_factory.mktemp("spw")
    assert (
        main(["study", "spw-elsewhere", *SMALL, "--cases", "untargeted,worst", "--k", "2", "--out", str(folder)]) == 0
    )
    return folder


@pytest.fixture(scope="module")
def fluctuation(tmp_path_factory):
    """A study with curves, run through the command."""
    folder = tmp_path_factory.mktemp("fluctuation")
    assert main(["study", "fluctuation", *SMALL, "--cases", "worst", "--k", "3", "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def eta(tmp_path_factory):
    """A study with numbers, run through the command."""
    folder = tmp_path_factory.mktemp("eta")
    assert main(["study", "sensitivity-eta", *SMALL, "--out", str(folder)]) == 0
    return folder


def test_a_study_writes_a_table_that_says_what_each_row_is(spw):
    table = pd.read_csv(spw / "study.csv")
    assert list(zip(table["case"], table["series"], table["value"], strict=True)) == [
        ("untargeted", "MLCW", "uniform"),
        ("untargeted", "MLCW", "SPW"),
        ("worst", "MLCW", "uniform"),
        ("worst", "MLCW", "SPW"),
        ("worst", "TkML", "uniform"),
        ("worst", "TkML", "SPW"),
    ]  # the untargeted loss of TkML has nothing to weigh
    assert set(table["study"]) == {"spw-elsewhere"}
    assert (table.loc[table["value"] == "uniform", ["relative_afd", "p"]] == 1).all(axis=None)
    text = (spw / "study.md").read_text()
    assert "## scenes, scenes, k = 2, worst" in text
    assert find_study("spw-elsewhere").claim in text
    assert json.loads((spw / "protocol.json").read_text())["stop"] == "success"
    assert "plotly" in (spw / "study.html").read_text()
    assert not (spw / "curves.csv").exists()


def test_a_resumed_study_measures_only_what_is_missing_and_gives_the_same_table(spw, tmp_path, monkeypatch, capsys):
    shutil.copytree(spw, tmp_path / "again")
    lines = (spw / "results.csv").read_text().splitlines(keepends=True)
    (tmp_path / "again" / "results.csv").write_text("".join(lines[:-1]))
    assert main([*SPW, "--out", str(tmp_path / "again")]) == 0
    assert "1 rows measured, 5 were there" in capsys.readouterr().out
    whole, resumed = (pd.read_csv(folder / "study.csv") for folder in (spw, tmp_path / "again"))
    steady = [name for name in whole if name != "seconds_per_image"]
    pd.testing.assert_frame_equal(whole[steady], resumed[steady], rtol=1e-4)
    assert main([*SPW, "--steps", "4", "--out", str(tmp_path / "again")]) == 2
    assert "steps = 3" in capsys.readouterr().err


def test_afd_of_the_table_is_the_mean_failure_degree(eta):
    """AFD from SASR and LFR (Eqs. 7 and 12) against failure degrees of runs made here."""
    table = pd.read_csv(eta / "study.csv")
    images = evaluation_set("scenes", "scenes", 3, 0, None, None, "cpu")
    tau = images.model.recommended_tau["worst"]
    goal = make_goal("worst", images.true, 10, images.clean)
    means = {}
    for value in (1.01, 1.2):
        attack = load_attack("masw", eta=value, steps=3, tau=tau, step_size=2.5 * tau / 3)
        scores = run(attack, images.model, images.x, goal).scores
        means[value] = float(failure_degree(goal, scores).double().mean())
        row = table[table["value"] == value].iloc[0]
        assert row["afd"] == pytest.approx(means[value], abs=1e-4)
        assert row["relative_afd"] == pytest.approx(means[value] / means[1.01], abs=1e-4)
    assert table["relative_afd"].notna().all()


RADIUS = ["study", "radius", *SMALL, "--cases", "untargeted", "--k", "2", "--tau", "0.4x,1x", "--split", "tune"]


def test_a_study_of_the_radius_has_a_line_per_variant_and_compares_at_every_radius(tmp_path, capsys):
    assert main([*RADIUS, "--out", str(tmp_path)]) == 0
    study, table = find_study("radius"), pd.read_csv(tmp_path / "study.csv")
    assert table["value"].tolist() == table["tau_share"].tolist()
    assert sorted(set(table["value"])) == [0.4, 1]
    assert set(table["series"]) == set(study.names.values())
    assert (table.loc[table["series"] == study.baseline, "relative_afd"] == 1).all()
    (panel,) = study_figures(table, "afd")
    assert [line["x"] for line in panel.spec["data"]] == [[0.4, 1]] * len(study.variants)
    text = (tmp_path / "study.md").read_text()
    assert "| model | k | case | attack | 0.4 | 1 | area |" in text
    assert "Every attack minus `masw+weighting=uniform`" in text
    capsys.readouterr()
    assert main([*RADIUS, "--out", str(tmp_path)]) == 0
    assert f"0 rows measured, {2 * len(study.variants)} were there" in capsys.readouterr().out
    assert main(["study", "weighting", "--tau", "0.4x,1x", "--out", str(tmp_path / "other")]) == 2
    assert "weighting is about one radius" in capsys.readouterr().err


def made_up(success, variants=(("a", 0.0, "A"), ("b", 1.0, "A"), ("c", 0.0, "C"), ("d", 1.0, "C"))):
    """Tables of four attacks whose successes are known."""
    study = Study("s", "ours", "Why?", "", "w", tuple(Variant(*one) for one in variants), baseline=1.0)
    place = {"dataset": "d", "model": "m", "case": "best", "k": 3}
    samples = [
        {**place, "attack": attack, "seed": 0, "image": 10 + number, "success": value}
        for attack, values in success.items()
        for number, value in enumerate(values)
    ]
    other = ("pert_eq27", "pert_table", "sac", "fluctuation", "fluctuating", "norm")
    results = [
        {**place, "attack": attack, "seed": 0, "asr": sum(values) / len(values), "sasr": sum(values) / len(values)}
        | {"lfr": 0.5, "samples": len(values), **dict.fromkeys(other, 0.0)}
        for attack, values in success.items()
    ]
    return study, pd.DataFrame(results), pd.DataFrame(samples)


def test_variants_are_compared_image_by_image_with_the_baseline_of_their_own_series():
    wins = [1, 1, 1, 1, 1, 1, 0, 0]
    tables = made_up({"a": wins, "b": [0, 0, 0, 0, 0, 0, 0, 1], "c": wins, "d": wins})
    table = study_table(*tables).set_index("attack")
    assert table.loc["a", ["gained", "lost"]].tolist() == [6, 1]
    assert table.loc["a", "p"] == pytest.approx(2 * (1 + 7) / 2**7)  # seven that differ, at most one on one side
    assert table.loc["a", "afd"] == pytest.approx(2 - 0.75 - 0.5)
    assert table.loc["a", "relative_afd"] == pytest.approx(0.75 / 1.375)
    assert table.loc["c", ["gained", "lost", "p", "relative_afd"]].tolist() == [0, 0, 1, 1]
    row = table.reset_index().to_dict("records")[0]
    assert only_one_succeeds(tables[2], row, "b") == ([10, 11, 12, 13, 14, 15], [17])


def test_lines_for_numbers_and_bars_for_names(spw, eta):
    for folder, name, kind in ((eta, "sensitivity-eta", "scatter"), (spw, "spw-elsewhere", "bar")):
        study, results = find_study(name), read_results(folder / "results.csv")
        table = study_table(study, results, pd.read_csv(folder / "samples.csv"))
        traces = [trace for panel in study_figures(table, "asr") for trace in panel.spec["data"]]
        assert {trace["type"] for trace in traces} == {kind}
        if kind == "scatter":
            assert traces[0]["x"] == [1.001, 1.005, 1.01, 1.05, 1.2]
            assert traces[0]["y"] == pytest.approx(100 * table["asr"])
        assert f"{study.question}</p>" in (folder / "study.html").read_text()


def test_curves_begin_at_one_for_every_attack_and_reach_the_last_step(fluctuation):
    table = pd.read_csv(fluctuation / "curves.csv")
    assert set(table["attack"]) == set(find_study("fluctuation").methods)
    for _, rows in table.groupby(["attack", "quantity"]):
        assert rows["step"].tolist() == [0, 1, 2, 3]
        assert rows.iloc[0][["mean", "low", "high"]].abs().tolist() == [1, 1, 1]
        assert (rows["low"] <= rows["high"]).all()
    page = (fluctuation / "study.html").read_text()
    assert "Lagrangian, worst case, k = 3" in page


def test_a_weight_above_one_is_allowed_and_pulls_more():
    """Fig. 3(a) goes up to w = 2: of two equal slacks in a row, the hard one then pulls twice as far."""
    protocol = Protocol(samples=2, steps=2, device="cpu")
    text = "masw+weighting=manual+manual_hardest=5+manual_factor={}"
    row, _ = measure(Cell("scenes", "scenes", "worst", 10, text.format(2), 0), protocol)
    assert row["samples"] == 2
    images = evaluation_set("scenes", "scenes", 2, 0, None, None, "cpu")
    goal = make_goal("worst", images.true, 10, images.clean)
    weights = (
        run(Method.parse(text.format(2)).attack(1, 3.0), images.model, images.x, goal, trace=True, stop="never")
        .traces[0]
        .weights
    )
    assert set(weights[0].tolist()) == {1.0, 2.0}
    assert (weights[0] == 2).sum() == 5


def test_studies_are_listed_and_wrong_ones_refused(capsys):
    assert main(["list", "studies", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in listed] == [study.name for study in STUDIES]
    for arguments, words in (
        (["study", "magic"], "Unknown study 'magic': choose one of hardest"),
        (["study", "hardest", "--cases", "middle"], "Unknown case 'middle'"),
        (["study", "hardest", "--seeds", "0"], "at least 1"),
        (["study", "hardest", "--workers", "2"], "belong to --engine ray"),
    ):
        assert main([*arguments, "--out", "/tmp/never-written"]) == 2
        assert words in capsys.readouterr().err


def test_the_studies_of_the_paper_are_stored():
    assert {study.name for study in STUDIES if study.figure != "ours"} <= {study.name for study in RECORDED}


@pytest.mark.parametrize("study", RECORDED, ids=lambda study: study.name)
def test_the_stored_tables_are_whole_and_of_these_studies(study):
    """assets/results/studies: every row that the figure asks for, and AFD as its rates say."""
    folder = STORED / study.name
    table = pd.read_csv(folder / "study.csv")
    asked = [
        (method, case, k)
        for method, case, k in product(study.methods, study.cases, study.ks)
        if study.asks(method, case) and (study.kind != "sweep" or Method.parse(method).supports(case))
    ]
    measured = sorted(zip(table["attack"], table["case"], table["k"], strict=True))
    assert measured == sorted(one for one in asked for _ in study.radii)
    assert table["afd"].tolist() == pytest.approx((2 - table["sasr"] - table["lfr"]).tolist(), abs=1e-5)
    assert (folder / "curves.csv").exists() == bool(study.curves)
    assert f"`{study.name}`" in (STORED / "studies.md").read_text()
