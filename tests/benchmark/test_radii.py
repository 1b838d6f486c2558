"""Rows over the radius: keys, resuming, Ray, older files, AFD, the area under it, and paired differences."""

import dataclasses
import json

from masw_core import load_attack, run
from masw_core.benchmark.cell import Cell, Protocol
from masw_core.benchmark.columns import COLUMNS, SAMPLE_COLUMNS
from masw_core.benchmark.measuring import measure
from masw_core.benchmark.paired import bootstrap, clear, paired_areas, paired_differences
from masw_core.benchmark.protocol import evaluation_set
from masw_core.benchmark.radii import area_under_afd, at_radius, main_radius, radii_of
from masw_core.benchmark.ray_engine import on_ray
from masw_core.benchmark.results import Results
from masw_core.benchmark.summary import over_seeds, read_results, read_samples
from masw_core.benchmark.sweep import grid, run_sweep
from masw_core.commands.cli import main
from masw_core.commands.options import radii_in
from masw_core.task.measures import failure_degree
from masw_core.task.targets import make_goal

import numpy as np
import pandas as pd
import pytest
from scipy import stats

PROTOCOL = Protocol(samples=5, batch=3, steps=4, device="cpu")
SHARES = (0.4, 1.0)
STEADY = [name for name in COLUMNS if name != "seconds_per_image"]


def small_grid(shares=SHARES):
    return grid("scenes", ["scenes"], ["masw", "tkml"], ["untargeted"], [3], 1, shares)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    results = Results(tmp_path_factory.mktemp("radii"), PROTOCOL)
    assert run_sweep(small_grid(), PROTOCOL, results) == 4
    return results


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("recommended", ("recommended", (1.0,))),
        ("paper", ("paper", (1.0,))),
        (" 2.5 ", ("2.5", (1.0,))),
        ("0.4x", ("recommended", (0.4,))),
        ("0.4x,0.7x,1x", ("recommended", (0.4, 0.7, 1.0))),
        ("0.4, 0.7,1,1", ("recommended", (0.4, 0.7, 1.0))),
    ],
)
def test_a_number_is_a_radius_and_a_list_or_an_x_are_shares(text, meant):
    assert radii_in(text) == meant


@pytest.mark.parametrize("text", ["0.4x,big", "0x", "0.4,-1", "infx", ",", "x", "nan,1"])
def test_shares_that_are_none_get_one_sentence(text):
    with pytest.raises(ValueError, match="write shares of the recommended radius, such as"):
        radii_in(text)


def test_every_radius_has_its_row_within_its_ball_and_steps_that_reach_as_far(finished):
    table = read_results(finished.table)
    assert table["tau_share"].tolist() == [0.4, 1, 0.4, 1]
    assert table["tau"].tolist() == pytest.approx([0.4 * 3, 3, 0.4 * 3, 3])
    samples = read_samples(finished.samples)
    assert (samples["norm"] <= 3 * samples["tau_share"] + 1e-4).all()
    assert samples["norm"].max() > 1.2, "the whole radius is used"
    assert samples.groupby(["attack", "tau_share"])["image"].agg(tuple).nunique() == 1, "the same images everywhere"
    images = evaluation_set("scenes", "scenes", 5, 0, None, None, "cpu")
    goal = make_goal("untargeted", images.true, 3)
    attack = load_attack("tkml", tau=1.2, steps=4, step_size=2.5 * 1.2 / 4)
    scores = run(attack, images.model, images.x, goal).scores
    afd = failure_degree(goal, scores)
    row = at_radius(table, 0.4).set_index("attack").loc["tkml"]
    assert row["afd"] == pytest.approx(float(afd.double().mean()), abs=1e-5)
    assert row["afd"] == pytest.approx(2 - row["sasr"] - row["lfr"], abs=1e-5)
    measured = samples[(samples["attack"] == "tkml") & (samples["tau_share"] == 0.4)]["afd"]
    assert measured.tolist() == pytest.approx(afd.tolist(), abs=1e-5)


def test_finished_radii_are_not_run_again(finished, tmp_path, monkeypatch):
    for name in ("results.csv", "samples.csv", "protocol.json"):
        (tmp_path / name).write_bytes((finished.folder / name).read_bytes())
    lines = (tmp_path / "results.csv").read_text().splitlines(keepends=True)
    (tmp_path / "results.csv").write_text("".join(lines[:-1]) + lines[-1][:40])  # killed in the last row
    resumed = Results(tmp_path, PROTOCOL)
    assert run_sweep(small_grid(), PROTOCOL, resumed) == 1
    whole, again = (read_results(one.table) for one in (finished, resumed))
    pd.testing.assert_frame_equal(whole[STEADY], again[STEADY])
    assert len(read_samples(resumed.samples)) == 4 * 5
    monkeypatch.setattr("masw_core.benchmark.sweep.measure", None)
    assert run_sweep(small_grid(), PROTOCOL, Results(tmp_path, PROTOCOL)) == 0
    assert len([cell for cell in small_grid((0.7,)) if not resumed.holds(cell.key)]) == 2


def test_ray_gives_the_local_rows(finished, tmp_path):
    results = Results(tmp_path, PROTOCOL)
    assert run_sweep(small_grid(), PROTOCOL, results, on_ray(2)) == 4
    order = ["attack", "tau_share"]
    local, remote = (read_results(one.table).sort_values(order).reset_index(drop=True) for one in (finished, results))
    pd.testing.assert_frame_equal(local[STEADY], remote[STEADY], rtol=1e-4)


def test_a_folder_from_before_there_were_radii_is_read_and_goes_on(finished, tmp_path):
    whole, images = at_radius(read_results(finished.table), 1), at_radius(read_samples(finished.samples), 1)
    for name, table in (("results.csv", whole), ("samples.csv", images)):
        table.drop(columns=["tau_share", "afd"]).to_csv(tmp_path / name, index=False)
    (tmp_path / "protocol.json").write_bytes((finished.folder / "protocol.json").read_bytes())
    old = read_results(tmp_path / "results.csv")
    assert set(old["tau_share"]) == {1}
    assert old["afd"].tolist() == pytest.approx(whole["afd"].tolist(), abs=1e-4)
    assert read_samples(tmp_path / "samples.csv")["afd"].tolist() == pytest.approx(images["afd"].tolist(), abs=1e-4)
    results = Results(tmp_path, PROTOCOL)
    assert run_sweep(small_grid(), PROTOCOL, results) == 2, "the rows that were there are those of the whole radius"
    order = ["attack", "tau_share"]
    new, direct = (read_results(one.table).sort_values(order).reset_index(drop=True) for one in (results, finished))
    assert tuple(new) == COLUMNS
    pd.testing.assert_frame_equal(new[STEADY], direct[STEADY], rtol=1e-4)
    assert tuple(read_samples(results.samples)) == SAMPLE_COLUMNS


def test_a_universal_attack_stays_in_its_share_of_the_ball():
    protocol = dataclasses.replace(PROTOCOL, samples=4, training=4, passes=1, steps=3)
    whole, part = (
        measure(Cell("scenes", "scenes", "universal", 3, "masw", 0, share), protocol)[0] for share in (1.0, 0.25)
    )
    assert part["tau"] == pytest.approx(0.25 * whole["tau"])
    assert part["norm"] <= part["tau"] * (1 + 1e-5)


def test_a_method_with_a_radius_of_its_own_has_no_shares():
    with pytest.raises(ValueError, match="masw\\+tau=2 has a radius of its own"):
        grid("scenes", ["scenes"], ["masw+tau=2"], ["best"], [3], 1, SHARES)


def test_the_command_measures_and_reports_every_radius(tmp_path, capsys):
    command = ["benchmark", "--attacks", "masw,tkml", "--cases", "best", "--k", "3", "--samples", "3", "--steps", "2"]
    command += ["--seeds", "1", "--device", "cpu", "--out", str(tmp_path)]
    assert main([*command, "--tau", "0.5x"]) == 0
    assert main([*command, "--tau", "0.5,1"]) == 0
    assert "2 rows measured, 2 were there" in capsys.readouterr().out
    assert json.loads((tmp_path / "protocol.json").read_text())["tau"] == "recommended"
    text = (tmp_path / "results.md").read_text()
    assert "## scenes, scenes, k = 3, 0.5 tau" in text
    assert "| model | k | case | attack | 0.5 | 1 | area |" in text
    area = area_under_afd(read_results(tmp_path / "results.csv")).set_index("attack").loc["tkml", "afd_area"]
    assert f"| {area:.3f} |" in text
    assert "## Paired differences to masw" in text
    assert "AFD" in (tmp_path / "results.html").read_text()


PLACE = {"dataset": "d", "model": "m", "case": "best", "k": 3}


def made_up(afd, shares=(0.5, 1.0, 2.0)):
    """Rows whose AFD is known: attack to one list per seed, over the shares."""
    return pd.DataFrame(
        {**PLACE, "attack": attack, "seed": seed, "tau_share": share, "afd": value}
        for attack, seeds in afd.items()
        for seed, values in enumerate(seeds)
        for share, value in zip(shares, values, strict=False)
    )


def test_the_area_is_the_mean_height_of_the_curve():
    table = made_up({"flat": [[0.7] * 3], "line": [[2.0, 1.5, 0.5], [1.0, 0.5, -0.5]], "short": [[1.0, 1.0]]})
    areas = area_under_afd(table.sample(frac=1, random_state=0)).set_index("attack")
    assert areas.loc["flat", "afd_area"] == pytest.approx(0.7)
    assert areas.loc["line", "afd_area"] == pytest.approx((1.25 + 0.25) / 2)  # a straight line's is at its middle
    assert areas.loc["line", "afd_area_spread"] == pytest.approx(0.5)
    assert np.isnan(areas.loc["short", "afd_area"]), "a radius is missing, so it does not compare"
    assert area_under_afd(at_radius(table, 1.0))["afd_area"].isna().all()
    assert radii_of(table) == [0.5, 1, 2]
    assert (main_radius(table), main_radius(table[table["tau_share"] != 1])) == (1, 2)


def images_of(attacks, case="best", seeds=(0,), share=1.0):
    """Samples whose SLC is known: attack to one value per image."""
    return pd.DataFrame(
        {**PLACE, "case": case, "attack": attack, "seed": seed, "tau_share": share, "image": image}
        | {"success": int(value == 1), "slc": value, "slf": 0.25}
        for attack, values in attacks.items()
        for seed in seeds
        for image, value in enumerate(values)
    )


def test_paired_differences_have_the_signs_of_the_measures():
    for case, sign in (("best", 1), ("untargeted", -1), ("universal", -1)):
        samples = images_of({"a": [0.5, 0.75], "b": [0.25, 0.5]}, case)
        (row,) = paired_differences(samples, "b").to_dict("records")
        assert (row["attack"], row["images"]) == ("a", 2)
        assert [row[name] for name in ("sasr", "sasr_low", "sasr_high")] == pytest.approx([sign * 0.25] * 3)
        assert row["afd"] == pytest.approx(-sign * 0.25)
        assert (row["lfr"], row["lfr_low"], row["lfr_high"], row["asr"]) == (0, 0, 0, 0)


def test_a_constant_lead_is_certain_and_afd_counts_the_other_way():
    better, level = images_of({"a": [0.6] * 9, "b": [0.5] * 9}), images_of({"a": [0.5] * 9, "b": [0.5] * 9}, share=2.0)
    found = paired_differences(pd.concat([better, level]), "b")
    assert found["tau_share"].tolist() == [1, 2]
    assert (clear(found, "sasr"), clear(found, "afd"), clear(found, "lfr")) == ((1, 0), (1, 0), (0, 0))


def test_the_interval_is_that_of_the_mean():
    """Against the normal interval, and against scipy's bootstrap."""
    values = np.random.default_rng(3).choice([-1.0, 0, 0, 1, 1], size=(400, 1))
    mean, low, high = (float(one[0]) for one in bootstrap(values, np.arange(400)))
    error = values.std() / 20
    assert mean == pytest.approx(values.mean())
    assert [low, high] == pytest.approx([mean - 1.96 * error, mean + 1.96 * error], abs=0.15 * error)
    scipys = stats.bootstrap((values[:, 0],), np.mean, method="percentile", rng=np.random.default_rng(1))
    interval = scipys.confidence_interval
    assert [low, high] == pytest.approx([interval.low, interval.high], abs=0.15 * error)


def test_the_same_image_in_three_seeds_is_one_image():
    values = np.random.default_rng(5).normal(size=(60, 1))
    once = bootstrap(values, np.arange(60))
    thrice = bootstrap(np.tile(values, (3, 1)), np.tile(np.arange(60), 3))
    for one, three in zip(once, thrice, strict=True):
        assert three == pytest.approx(one)
    alone = bootstrap(values[:1], np.zeros(1))
    assert np.isnan(alone[1]).all()


def test_images_that_only_one_of_them_has_do_not_count():
    samples = images_of({"a": [1.0, 0.5, 0.0], "b": [0.5, 0.5]})
    (row,) = paired_differences(samples, "b").to_dict("records")
    assert (row["images"], row["sasr"]) == (2, 0.25)
    assert paired_differences(samples, "c").empty


def test_the_paired_area_is_the_difference_of_the_areas(finished):
    samples, table = read_samples(finished.samples), read_results(finished.table)
    (row,) = paired_areas(samples, "tkml").to_dict("records")
    area = area_under_afd(table).set_index("attack")["afd_area"]
    assert row["afd_area"] == pytest.approx(area["masw"] - area["tkml"], abs=1e-4)
    assert row["afd_area_low"] <= row["afd_area"] <= row["afd_area_high"]
    means = over_seeds(table).set_index(["tau_share", "attack"])
    for one in paired_differences(samples, "tkml").to_dict("records"):
        for name in ("asr", "sasr", "lfr", "afd"):
            lead = means.loc[(one["tau_share"], "masw"), name] - means.loc[(one["tau_share"], "tkml"), name]
            assert one[name] == pytest.approx(lead, abs=1e-4)
    assert paired_areas(at_radius(samples, 1), "tkml").empty
