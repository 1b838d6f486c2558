"""A sweep: which images, which rules, what a row holds, and that it resumes after anything."""

import csv
import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from masw_core import attack_info, load_attack, load_dataset, load_model, run
from masw_core.benchmark.cell import Cell, Protocol
from masw_core.benchmark.columns import COLUMNS, SAMPLE_COLUMNS
from masw_core.benchmark.measuring import measure
from masw_core.benchmark.methods import Method
from masw_core.benchmark.protocol import evaluation_set, understood
from masw_core.benchmark.ray_engine import on_ray
from masw_core.benchmark.results import Results
from masw_core.benchmark.summary import lead, norms_where_both_succeed, over_seeds, read_results
from masw_core.benchmark.sweep import grid, run_sweep
from masw_core.benchmark.tables import TABLES, table_plan
from masw_core.commands.cli import main
from masw_core.published.numbers import load_published
from masw_core.task import metrics
from masw_core.task.targets import make_goal
from masw_core.universal import evaluate_universal, load_universal, run_universal

import pandas as pd
import pytest
import torch

ROOT = Path(__file__).parents[2]
PROTOCOL = Protocol(samples=5, batch=3, steps=4, device="cpu")
STEADY = [name for name in COLUMNS if name != "seconds_per_image"]


def small_grid(**changes):
    chosen = {"dataset": "scenes", "models": ["scenes"], "attacks": ["masw", "tkml"], "cases": ["untargeted", "worst"]}
    return grid(**{**chosen, "ks": [3], "seeds": 1, **changes})


def steady(rows):
    return sorted(tuple(row[name] for name in STEADY) for row in rows)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A small sweep that ran undisturbed."""
    results = Results(tmp_path_factory.mktemp("sweep"), PROTOCOL)
    assert run_sweep(small_grid(), PROTOCOL, results) == 4
    return results


def test_images_are_a_fixed_list_that_the_model_understands():
    first, again = (evaluation_set.__wrapped__("scenes", "scenes", 6, 1) for _ in range(2))
    assert torch.equal(first.x, again.x)
    more = evaluation_set("scenes", "scenes", 9, 1)
    assert torch.equal(more.index[:6], first.index)  # asking for more keeps the ones before
    assert not torch.equal(evaluation_set("scenes", "scenes", 6, 2).index, first.index)
    for image, true, scores in zip(first.x, first.true, first.clean, strict=True):
        with torch.no_grad():
            fresh = load_model("scenes")(image[None])[0]
        torch.testing.assert_close(fresh, scores, atol=1e-4, rtol=1e-4)
        assert set(scores.topk(int(true.sum())).indices.tolist()) == set(true.nonzero().flatten().tolist())
    image, _ = load_dataset("scenes", "test")[int(first.index[0])]
    assert torch.equal(image, first.x[0])


def test_understood_means_that_the_top_labels_are_right():
    scores = torch.tensor([[3.0, 2, 1], [3.0, 2, 1], [3.0, 2, 1], [3.0, 2, 1]])
    true = torch.tensor([[1, 1, 0], [0, 1, 0], [0, 0, 0], [1, 0, 1]]).bool()
    assert understood(scores, true).tolist() == [True, False, False, False]


def test_a_row_is_what_the_metrics_say_of_the_run():
    cell = Cell("scenes", "scenes", "worst", 3, "masw+margin=0.5", 0)
    row, samples = measure(cell, PROTOCOL)
    assert tuple(sorted(row)) == tuple(sorted(COLUMNS))
    assert all(tuple(sorted(one)) == tuple(sorted(SAMPLE_COLUMNS)) for one in samples)
    images = evaluation_set("scenes", "scenes", 5, 0, None, None, "cpu")
    tau = images.model.recommended_tau["worst"]
    goal = make_goal("worst", images.true, 3, images.clean)
    attack = load_attack("masw", margin=0.5, steps=4, tau=tau, step_size=2.5 * tau / 4)
    parts = [run(attack, images.model, images.x[rows], goal[rows]) for rows in (slice(0, 3), slice(3, 5))]
    scores = torch.cat([part.scores for part in parts])
    assert row["asr"] == metrics.asr(goal, scores)
    assert row["sasr"] == pytest.approx(metrics.sasr(goal, scores))
    assert row["lfr"] == pytest.approx(metrics.lfr(goal, scores))
    assert row["samples"] == len(samples) == 5
    assert row["asr"] == pytest.approx(sum(one["success"] for one in samples) / 5)
    assert row["norm"] == pytest.approx(sum(one["norm"] for one in samples) / 5)


def test_a_universal_row_judges_one_perturbation_on_images_it_has_not_seen():
    protocol = dataclasses.replace(PROTOCOL, samples=8, training=6, passes=2, steps=5)
    row, samples = measure(Cell("scenes", "scenes", "universal", 3, "masw", 0), protocol)
    assert tuple(sorted(row)) == tuple(sorted(COLUMNS))
    assert all(tuple(sorted(one)) == tuple(sorted(SAMPLE_COLUMNS)) for one in samples)
    model = load_model("scenes")
    train = evaluation_set("scenes", "scenes", 6, 0, "train", None, "cpu")
    universal = load_universal("masw", inner={"steps": 5}, passes=2, seed=0)
    z = run_universal(universal, model, train.x, train.true, 3).perturbation
    images = evaluation_set("scenes", "scenes", 8, 0, None, None, "cpu")
    assert row["sasr"] == pytest.approx(evaluate_universal(model, z, images.x, images.true, 3).sasr)
    assert max(one["norm"] for one in samples) <= float(z.norm()) * (1 + 1e-5)
    assert len(samples) == 8


def test_random_targets_do_not_depend_on_the_batch():
    cell = Cell("scenes", "scenes", "random", 3, "tkml", 1)
    whole, parts = (measure(cell, dataclasses.replace(PROTOCOL, batch=batch))[1] for batch in (5, 2))
    assert [one["slc"] for one in whole] == [one["slc"] for one in parts]


def test_rules_of_a_comparison():
    walk = Method.parse("tkml").attack(30, 3.0)
    assert (walk.steps, walk.tau, walk.step_size) == (30, 3.0, pytest.approx(0.25))
    assert Method.parse("fgsm").attack(30, 3.0).steps == 1
    assert Method.parse("mifgsm").attack(60, 3.0).steps == 40
    assert Method.parse("mldf").attack(30, 3.0).steps == 10  # gradients of several scores at each step
    paper = Method.parse("masw:paper").attack(30, 3.0)
    assert (paper.step_rule, paper.step_size) == ("raw", 0.01)
    assert Method.parse("tkml").attack(None, 3.0) == load_attack("tkml", tau=3.0)
    assert Method.parse("tkml+tau=1.5").attack(30, 3.0).tau == 1.5


@pytest.mark.parametrize(
    ("text", "words"),
    [("magic", "Unknown attack"), ("masw:fast", "no preset"), ("masw+speed=3", "no setting"), ("masw+eta", "name=val")],
)
def test_wrong_methods_get_one_sentence(text, words):
    with pytest.raises(ValueError, match=words):
        Method.parse(text)


def test_a_grid_leaves_out_what_an_attack_cannot_do():
    cells = small_grid(attacks=["masw", "rank1", "kfool"])
    assert {(cell.attack, cell.case) for cell in cells} == {
        ("masw", "untargeted"),
        ("masw", "worst"),
        ("rank1", "worst"),
        ("kfool", "untargeted"),
    }
    with pytest.raises(ValueError, match="rank1 cannot do any"):
        small_grid(attacks=["rank1"], cases=["untargeted"])


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_the_paper_is_a_plan_that_the_attacks_can_follow(name):
    plan = table_plan(name)
    listed = set(load_published().query("table == @name")["attack"])
    ours = {"kuap": "kfool"}  # the universal form is our driver around the per-image attack
    assert {ours.get(attack, attack) for attack in listed} <= set(plan.attacks)
    assert plan.attacks[-1] == "masw"
    assert all(attack_info(attack).supports("best") for attack in plan.attacks if "best" in plan.cases)


def test_tau_is_the_models_the_papers_or_a_number():
    model = load_model("scenes")
    assert PROTOCOL.radius(model, "best") == model.recommended_tau["best"]
    paper = dataclasses.replace(PROTOCOL, tau="paper")
    assert (paper.radius(model, "untargeted"), paper.radius(model, "worst")) == (10.0, 2.0)
    assert dataclasses.replace(PROTOCOL, tau="1.5").radius(model, "best") == 1.5
    for wrong in ("big", "-1"):
        with pytest.raises(ValueError, match="recommended, paper or a positive number"):
            dataclasses.replace(PROTOCOL, tau=wrong)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--table", "IX"], "choose one of I, II"),
        (["--cases", "easy"], "Unknown case 'easy'"),
        (["--k", "3,x"], "whole numbers"),
        (["--attacks", ","], "A list is empty"),
        (["--seeds", "0"], "at least 1"),
        (["--samples", "0"], "samples = 0"),
        (["--workers", "2"], "--engine ray"),
        (["--model", "scenes", "--dataset", "imagenet"], "no data set"),
    ],
)
def test_what_cannot_be_benchmarked_is_one_line(arguments, words, tmp_path, capsys):
    assert main(["benchmark", *arguments, "--out", str(tmp_path / "out")]) == 2
    message = capsys.readouterr().err
    assert words in message
    assert message.count("\n") == 1


def test_finished_rows_are_not_run_again(finished, monkeypatch):
    monkeypatch.setattr("masw_core.benchmark.sweep.measure", None)
    again = Results(finished.folder, PROTOCOL)
    assert run_sweep(small_grid(), PROTOCOL, again) == 0


def test_another_protocol_in_the_same_folder_is_refused(finished):
    with pytest.raises(ValueError, match="steps = 4"):
        Results(finished.folder, dataclasses.replace(PROTOCOL, steps=5))


def test_a_torn_line_is_dropped_and_its_cell_runs_again(finished, tmp_path):
    for name in ("results.csv", "samples.csv", "protocol.json"):
        (tmp_path / name).write_bytes((finished.folder / name).read_bytes())
    text = (tmp_path / "results.csv").read_text()
    (tmp_path / "results.csv").write_text(text[:-20])  # killed while writing the last row
    resumed = Results(tmp_path, PROTOCOL)
    assert len(resumed.rows()) == 3
    assert run_sweep(small_grid(), PROTOCOL, resumed) == 1
    assert steady(resumed.rows()) == steady(finished.rows())
    assert len(pd.read_csv(tmp_path / "samples.csv")) == 4 * 5


def test_a_killed_sweep_resumes_to_the_same_table(finished, tmp_path):
    command = [sys.executable, "-m", "masw_core", "benchmark", "--attacks", "masw,tkml", "--cases", "untargeted,worst"]
    command += ["--k", "3", "--samples", "5", "--batch", "3", "--steps", "4", "--seeds", "1", "--device", "cpu"]
    command += ["--out", str(tmp_path)]
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1"}  # as here: sums in another order can turn a branch of epsilon
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": ROOT, "env": one_thread}
    process = subprocess.Popen(command, **quiet)
    for _ in range(1200):
        time.sleep(0.05)
        if (tmp_path / "results.csv").exists() or process.poll() is not None:
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = len(Results(tmp_path).rows())
    assert before >= 1
    assert subprocess.run(command, **quiet, check=False).returncode == 0
    whole, resumed = (read_results(folder / "results.csv") for folder in (finished.folder, tmp_path))
    pd.testing.assert_frame_equal(whole[STEADY], resumed[STEADY], rtol=1e-3)
    assert (tmp_path / "results.md").read_text().startswith("# Results")
    assert "plotly" in (tmp_path / "results.html").read_text()


@pytest.fixture(scope="module")
def cluster():
    ray = pytest.importorskip("ray")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")
    yield ray
    ray.shutdown()


def test_a_ray_sweep_gives_the_local_rows_and_survives_a_killed_worker(cluster, finished, tmp_path):
    results, killed = Results(tmp_path, PROTOCOL), []

    def kill_a_worker(row):
        if not killed and (workers := busy_workers()):
            killed.append(workers[0])
            os.kill(workers[0], signal.SIGKILL)

    assert run_sweep(small_grid(), PROTOCOL, results, on_ray(2), kill_a_worker) == 4
    assert killed
    local, remote = (
        read_results(one.table).sort_values(["case", "attack"]).reset_index(drop=True) for one in (finished, results)
    )
    pd.testing.assert_frame_equal(local[STEADY], remote[STEADY], rtol=1e-4)


def busy_workers():
    """Process ids of this cluster's workers that are at a task."""
    ours = os.getpid()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            title = (entry / "cmdline").read_bytes()
            if title.startswith(b"ray::measure_alone") and ours in ancestors(int(entry.name)):
                found.append(int(entry.name))
        except OSError:  # it ended meanwhile
            continue
    return found


def ancestors(pid):
    """The chain of parents of a process."""
    found = []
    while pid > 1:
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        found.append(pid)
    return found


def test_summaries_average_over_seeds_and_pair_norms_by_image():
    key = {"dataset": "d", "model": "m", "case": "best", "k": 3}
    rows = [
        {**key, "attack": attack, "seed": seed, **dict.fromkeys(("sasr", "lfr", "sac"), 0.5), "norm": norm, "asr": rate}
        for attack, norm, rates in (("masw", 2.0, (0.6, 0.8)), ("tkml", 1.0, (0.5, 0.5)))
        for seed, rate in enumerate(rates)
    ]
    table = pd.DataFrame(rows)
    means = over_seeds(table).set_index("attack")
    assert means.loc["masw", "asr"] == pytest.approx(0.7)
    assert means.loc["masw", "asr_spread"] == pytest.approx(0.1)
    (difference,) = lead(table, "masw", "tkml").to_dict("records")
    assert difference["asr"] == pytest.approx(20)
    assert difference["norm_ratio"] == pytest.approx(2)
    samples = pd.DataFrame(
        [
            {**key, "seed": 0, "attack": "masw", "image": 1, "success": 1, "norm": 2.0},
            {**key, "seed": 0, "attack": "masw", "image": 2, "success": 1, "norm": 9.0},
            {**key, "seed": 0, "attack": "tkml", "image": 1, "success": 1, "norm": 3.0},
            {**key, "seed": 0, "attack": "tkml", "image": 2, "success": 0, "norm": 1.0},
        ]
    )
    (pair,) = norms_where_both_succeed(samples, "masw").to_dict("records")
    assert (pair["attack"], pair["both"], pair["ratio"]) == ("tkml", 1, pytest.approx(1.5))


def test_reading_results_says_what_is_wrong(tmp_path):
    with pytest.raises(ValueError, match="does not exist"):
        read_results(tmp_path / "results.csv")
    with (tmp_path / "other.csv").open("w") as lines:
        csv.writer(lines).writerow(["a", "b"])
    with pytest.raises(ValueError, match="lacks the columns"):
        read_results(tmp_path / "other.csv")
