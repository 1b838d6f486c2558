"""Reports: their numbers are the trace's, they load nothing, nothing in them is markup but ours, and what they say
repeats the run does."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from base64 import b64decode, b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from io import BytesIO

from masw_core import Trace, load_attack, make_goal, run
from masw_core.commands.cli import main
from masw_core.data.samples import list_samples
from masw_core.one_picture.comparison import compare_image
from masw_core.views import comparison_report, page, run_report
from masw_core.views.pictures import to_levels, webp
from masw_core.views.repeat import repeat_comparison, repeat_run

import numpy as np
import pytest
from noisy_run import noisy_run
from PIL import Image

SCENE = next(sample for sample in list_samples() if sample.model.startswith("scenes")).file
HOSTILE = (
    "</script><script>pwned = 1</script>",
    "<img src=x onerror='pwned = 1'>",
    'a" onload="pwned = 1',
    "<a href='https://example.org'>b</a>",
    "&lt;c&gt;",
)


class Read(HTMLParser):
    """The tables, scripts, pictures and addresses of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows, self.scripts, self.data, self.codes, self.addresses, self.tags = [], [], [], [], [], set()
        self.policy = self.words = ""
        self.into = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.add(tag)
        self.addresses += [attributes[name] for name in ("src", "href", "action") if name in attributes]
        assert not [name for name in attributes if name.startswith("on")]
        if tag == "meta" and "http-equiv" in attributes:
            self.policy = attributes["content"]
        if tag == "tr":
            self.rows.append([])
        self.into = {"th": "cell", "td": "cell", "code": "code"}.get(tag, self.into)
        if tag in ("th", "td"):
            self.rows[-1].append("")
        if tag == "code":
            self.codes.append("")
        if tag == "script":
            self.into = "data" if attributes.get("type") == "application/json" else "script"

    def handle_endtag(self, tag):
        if tag in ("th", "td", "code", "script"):
            self.into = None

    def handle_data(self, data):
        if self.into == "cell":
            self.rows[-1][-1] += data
        elif self.into == "code":
            self.codes[-1] += data
        elif self.into in ("data", "script"):
            (self.data if self.into == "data" else self.scripts).append(data)
        else:
            self.words += data

    def row(self, name):
        return next(row for row in self.rows if row[0] == name)


@pytest.fixture(params=[("masw", "worst"), ("pgd", "untargeted")], ids="-".join)
def trace(request, tagger, images, true) -> Trace:
    attack, case = request.param
    goal = make_goal(case, true[:1], 2, tagger(images[:1]).detach())
    return run(load_attack(attack, steps=25, tau=2.0), tagger, images[:1], goal, stop="never", trace=True).traces[0]


def test_the_numbers_are_those_of_the_trace(trace):
    step = 20
    read = Read(run_report.html(trace, step, rounded=False))
    assert read.row("norm ‖z‖₂")[1] == f"{trace.norm[step]:.4f}"
    assert read.row("soft LF (Eq. 6)")[1] == f"{trace.measures()['slf'][step]:.4f}"
    assert read.row("first success")[1] == ("never" if trace.first_success is None else f"step {trace.first_success}")
    order = np.argsort(-trace.scores, axis=1, kind="stable")
    for label, name in enumerate(trace.header["labels"]):
        told = next(row for row in read.rows if row[0] == name and len(row) == 6)
        places = [str(int(np.flatnonzero(order[at] == label)[0]) + 1) for at in (0, step)]
        assert told[2:] == [*(f"{trace.probabilities[at, label]:.4f}" for at in (0, step)), *places]
    names = [trace.header["labels"][label] for label in order[step, : trace.header["k"]]]
    assert f"Top 2 now: {', '.join(names)}." in read.words
    assert f"step {step} of 25" in read.words or "in 25 steps" in read.words
    assert "8 bits per channel, as a PNG is, the picture does not succeed" in read.words


def test_the_figures_hold_every_step(trace):
    specs = [json.loads(data) for data in Read(run_report.html(trace)).data]
    lines = {line["name"]: line for spec in specs for line in spec["data"] if line.get("name")}
    np.testing.assert_allclose(lines["Lagrangian"]["y"], trace.lagrangian, rtol=1e-4)
    np.testing.assert_allclose(lines["‖z‖"]["y"], trace.norm, rtol=1e-4, atol=1e-9)
    assert (lines["‖z‖"]["x0"], lines["‖z‖"]["dx"]) == (0, 1)
    heat = next(line for spec in specs for line in spec["data"] if line["type"] == "heatmap")
    np.testing.assert_allclose(np.sort(np.ravel(heat["z"])), np.sort(np.ravel(trace.constraints)), rtol=1e-4, atol=1e-9)
    rose = [x for name, line in lines.items() if "did not fall" in name for x in line["x"]]
    assert rose == [step for step in trace.epsilon_events if np.isfinite(trace.epsilon[step])]


@pytest.mark.parametrize("steps", [300, 700])
def test_a_run_of_80_labels_on_a_noisy_photo_stays_below_six_megabytes(steps):
    made = run_report.html(noisy_run(80, 160, steps=steps, side=320, kept=2))
    assert len(made.encode()) < page.LARGEST
    specs = [json.loads(data) for data in Read(made).data]
    assert all(len(line.get("y", ())) <= page.MOST_NUMBERS for spec in specs for line in spec["data"])


def test_a_comparison_of_many_stays_below_six_megabytes():
    traces = {f"attack {number}": noisy_run(80, 160, steps=40, side=320, kept=2) for number in range(6)}
    made = comparison_report.html(traces)
    assert len(made.encode()) < page.LARGEST
    assert made.count("data:image/webp") == 1 + 2 * 6


@pytest.fixture(scope="module")
def compared():
    from masw_core import load_model

    return compare_image(["masw", "tkml"], load_model("scenes"), Image.open(SCENE), "best", 3, steps=6)


def test_a_comparison_tells_each_attack_and_label(compared):
    read = Read(comparison_report.html(compared, {"masw": "MASW", "tkml": "TkML"}))
    for method, name in (("masw", "MASW"), ("tkml", "TkML")):
        trace = compared[method]
        step = trace.best_step if trace.first_success is None else trace.first_success
        told = read.row(name)
        assert told[1:4] == ["no" if trace.first_success is None else "yes", str(step), f"{trace.norm[step]:.3f}"]
    clean = compared["masw"].probabilities[0]
    label = compared["masw"].header["true"][0]
    assert read.row(compared["masw"].header["labels"][label])[2] == f"{clean[label]:.4f}"
    assert len(read.data) == 3


def hostile(trace: Trace) -> Trace:
    names = [f"{HOSTILE[j % len(HOSTILE)]} {j}" for j in range(len(trace.header["labels"]))]
    header = {**trace.header, "labels": names, "picture": HOSTILE[0], "model": HOSTILE[1], "attack": HOSTILE[2]}
    return replace(trace, header=header)


def test_names_are_never_markup_and_scripts_are_those_of_the_policy(trace):
    evil = hostile(trace)
    for made in (run_report.html(evil), comparison_report.html({HOSTILE[0]: evil, HOSTILE[1]: evil})):
        read = Read(made)
        assert not read.tags & {"a", "iframe", "link", "object", "base", "form"}
        assert all(address.startswith("data:image/webp;base64,") for address in read.addresses)
        assert len(read.scripts) == 2
        hashes = {b64encode(sha256(script.encode()).digest()).decode() for script in read.scripts}
        assert set(re.findall(r"'sha256-(.+?)'", read.policy)) == hashes
        assert "default-src 'none'" in read.policy
        assert "connect-src" not in read.policy
        assert read.row(evil.header["labels"][0])[1] in ("true", "target", "other")
        assert all("<" not in text for data in read.data for text in names_in(json.loads(data)))


def names_in(part, key=""):
    """Every text of a spec that Plotly would read for markup; hover templates are ours."""
    if isinstance(part, dict):
        return [text for name, value in part.items() for text in names_in(value, name)]
    if isinstance(part, list):
        return [text for value in part for text in names_in(value, key)]
    return [part] if isinstance(part, str) and key != "hovertemplate" else []


def words(command: str) -> list[str]:
    """As a shell reads them: a backslash joins a line with the next."""
    return shlex.split(command.replace("\\\n", ""))


def same(first: Trace, second: Trace) -> None:
    """The same run; how its settings were asked for may differ, since a report names them all."""
    asked = {"asked": None, "preset": None}
    assert {**first.header, **asked} == {**second.header, **asked}
    np.testing.assert_array_equal(first.scores, second.scores)
    np.testing.assert_array_equal(first.weights, second.weights)


def test_the_command_and_the_code_of_a_report_repeat_the_run(tmp_path, monkeypatch):
    shutil.copy(SCENE, tmp_path / "a scene; really.png")
    monkeypatch.chdir(tmp_path)
    asked = ["--case", "random", "--seed", "5", "--k", "2", "--steps", "4", "--stop", "never", "--set", "eta=1.05"]
    assert main(["attack", "a scene; really.png", "--model", "scenes", *asked, "--report", "--out", "first"]) == 0
    first = Trace.load("first/trace.npz")
    command, code = Read((tmp_path / "first" / "report.html").read_text(encoding="utf-8")).codes
    assert main(words(command)[1:]) == 0
    same(Trace.load("out/trace.npz"), first)
    names: dict = {}
    exec(code, names)
    names["trace"].header["picture"] = first.header["picture"]
    same(names["trace"], first)


def test_the_command_and_the_code_of_a_comparison_repeat_it(compared, tmp_path, monkeypatch):
    shutil.copy(SCENE, tmp_path / "picture.png")
    monkeypatch.chdir(tmp_path)
    repeat = repeat_comparison(compared)
    assert main(words(repeat.command)[1:]) == 0
    names: dict = {}
    exec(repeat.code, names)
    for number, (method, trace) in enumerate(compared.items(), start=1):
        np.testing.assert_array_equal(Trace.load(f"out/trace-{number}.npz").scores, trace.scores)
        np.testing.assert_array_equal(names["traces"][method].scores, trace.scores)


def test_what_no_command_can_repeat_is_said_in_a_sentence(trace):
    assert "was given as an object" in repeat_run(trace).problem
    assert "was given as an object" in Read(run_report.html(trace)).words
    header = {**trace.header, "model": "scenes", "config": {**trace.header["config"], "switched": {"at": 3}}}
    assert "changed under way" in repeat_run(replace(trace, header=header)).problem


def test_pictures_keep_every_level_where_there_is_room():
    levels = to_levels(np.random.default_rng(0).uniform(-1, 1, (3, 48, 48)))
    exact, whole = webp(levels, 100_000)
    assert whole
    np.testing.assert_array_equal(np.asarray(Image.open(BytesIO(exact)).convert("RGB")), levels)
    small, whole = webp(np.repeat(np.repeat(levels, 8, 0), 8, 1), 6_000)
    assert not whole
    assert len(small) <= 6_000


def test_the_adversarial_picture_of_a_report_is_the_8_bit_one(trace):
    made = run_report.html(trace)
    _, adversarial, _ = (b64decode(data) for data in re.findall(r"data:image/webp;base64,([^\"]+)", made))
    step = trace.best_step
    expected = to_levels(np.clip(trace.image + trace.perturbation_at(step)[0], -1, 1))
    np.testing.assert_array_equal(np.asarray(Image.open(BytesIO(adversarial)).convert("RGB")), expected)
