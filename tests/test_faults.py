"""The disk fills, a file is damaged, the clock jumps: one sentence, what was saved stays, and the next run works.

What the server does when it is told to stop is in tests/server; what happens to runs nobody watches in tests/engine.
"""

from __future__ import annotations

import ast
import resource
import shutil
import time
from contextlib import contextmanager
from pathlib import Path

from masw_core import Trace
from masw_core.benchmark.cell import Protocol
from masw_core.benchmark.columns import KEY, SAMPLE_COLUMNS, VALUES, key_of
from masw_core.benchmark.results import Results
from masw_core.commands.cli import main
from masw_core.engine.gate import Gate
from masw_core.engine.jobs import Job
from masw_core.models import scenes
from masw_core.models.embedded import SUMS
from masw_core.models.scenes import WEIGHTS_FOLDER
from masw_core.one_picture.bundle import read_bundle, write_bundle
from masw_core.views.notebook import save_report
from scripts.fuzzing.archives import valid_trace

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[1]


@contextmanager
def full_after(size: int):
    """No file of this process may become larger: what a full disk does to a write, done by the system itself."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


WRITERS = {"trace.npz": Trace.save, "run.zip": lambda trace, file: write_bundle(file, trace), "r.html": save_report}


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_leaves_the_older_file_as_it_was(name, tmp_path):
    file, trace = tmp_path / name, valid_trace()
    WRITERS[name](trace, file)
    older = file.read_bytes()
    with full_after(len(older) // 2), pytest.raises(OSError, match=name):
        WRITERS[name](trace[:3], file)
    assert file.read_bytes() == older
    assert [one.name for one in tmp_path.iterdir()] == [name]
    WRITERS[name](trace[:3], file)


def test_the_command_says_which_file_the_full_disk_did_not_take(tmp_path, capsys):
    bundle, out = tmp_path / "run.zip", tmp_path / "out"
    write_bundle(bundle, valid_trace())
    with full_after(1000):
        assert main(["open", str(bundle), "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert said.endswith("was not written, because the disk is full: free some space and run the same again\n")
    assert said.startswith(f"masw_core: {out}/")
    assert main(["open", str(bundle), "--out", str(out)]) == 0
    assert read_bundle(bundle).picture == "a dog"


def row(number: int) -> dict:
    key = dict(zip(("dataset", "model", "case", "k", "attack"), ("scenes", "scenes", "best", 3, "masw"), strict=True))
    return {**key, "seed": number, "tau_share": 1.0, **dict.fromkeys(VALUES, 0.5)}


def images(number: int) -> list[dict]:
    key = {name: row(number)[name] for name in KEY}
    return [{**dict.fromkeys(SAMPLE_COLUMNS, 0), **key, "image": image} for image in (0, 1)]


def test_a_row_that_the_disk_did_not_take_is_measured_again(tmp_path):
    results = Results(tmp_path, Protocol())
    results.add(row(0), images(0))
    size = (tmp_path / "results.csv").stat().st_size
    with full_after(size + 20), pytest.raises(OSError, match="File too large"):
        results.add(row(1), [])
    again = Results(tmp_path, Protocol())
    assert [again.holds(key_of(row(number))) for number in (0, 1)] == [True, False]
    again.add(row(1), images(1))
    assert len(Results(tmp_path, Protocol()).rows()) == 2


@pytest.mark.parametrize("name", ["results.csv", "samples.csv"])
def test_a_benchmark_killed_at_any_letter_of_a_row_goes_on_with_whole_rows(name, tmp_path):
    whole = Results(tmp_path / "whole", Protocol())
    for number in (0, 1):
        whole.add(row(number), images(number))
    text = (tmp_path / "whole" / name).read_text()
    last = text.rstrip("\n").rindex("\n") + 1
    for cut in range(last, len(text), 7):
        folder = tmp_path / str(cut)
        shutil.copytree(tmp_path / "whole", folder)
        (folder / name).write_text(text[:cut])
        if name == "samples.csv":  # images are written before their row
            (folder / "results.csv").write_text("".join((folder / "results.csv").read_text().splitlines(True)[:2]))
        again = Results(folder, Protocol())
        assert [again.holds(key_of(row(number))) for number in (0, 1)] == [True, False]
        again.add(row(1), images(1))
        assert (folder / name).read_text() == text


def cut_off(data: bytes) -> bytes:
    return data[: len(data) // 2]


def altered(data: bytes) -> bytes:
    """One bit of a weight is another: still a file of weights, and no longer these."""
    return data[:-1000] + bytes([data[-1000] ^ 64]) + data[-999:]


DAMAGES = {"damaged": (cut_off, altered), "missing": (None,)}


@pytest.fixture
def weights(tmp_path, monkeypatch) -> Path:
    """The weights of ``scenes`` in a folder of their own, which is the one that is read."""
    for name in (SUMS, "scenes.safetensors", "scenes-robust.safetensors"):
        shutil.copy(WEIGHTS_FOLDER / name, tmp_path / name)
    monkeypatch.setattr(scenes, "WEIGHTS_FOLDER", tmp_path)
    return tmp_path / "scenes.safetensors"


@pytest.mark.parametrize(("what", "damage"), [(what, one) for what, ways in DAMAGES.items() for one in ways])
def test_weights_that_are_not_as_they_came_say_how_to_get_them_back(what, damage, weights, tmp_path, capsys):
    data = weights.read_bytes()
    weights.unlink()
    if damage is not None:
        weights.write_bytes(damage(data))
    picture = ROOT / "assets" / "icon.png"
    command = ["attack", str(picture), "--model", "scenes", "--steps", "1", "--out", str(tmp_path / "out")]
    assert main(command) == 2
    assert f"masw_core: {weights} is {what}: get it back with " in capsys.readouterr().err


def test_a_page_says_so_too_and_works_once_the_file_is_back(weights):
    import streamlit as st

    st.cache_resource.clear()
    st.cache_data.clear()
    data = weights.read_bytes()
    weights.write_bytes(cut_off(data))
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.query_params["lab_model"] = "Scenes"
    at.run()
    at.switch_page("pages/attack_lab.py").run()
    assert not at.exception
    (said,) = [one.value for one in at.error if "is damaged: get it back with" in one.value]
    weights.write_bytes(data)
    at.run()
    assert said not in [one.value for one in at.error]
    assert not at.button(key="lab_run").disabled
    st.cache_resource.clear()


def test_the_shipped_weights_are_those_of_the_list():
    from hashlib import sha256

    for folder in (WEIGHTS_FOLDER, WEIGHTS_FOLDER.parent / "toy"):
        lines = [line.split() for line in (folder / SUMS).read_text().splitlines()]
        assert sorted(name for _, name in lines) == sorted(file.name for file in folder.glob("*.safetensors"))
        assert all(sha256((folder / name).read_bytes()).hexdigest() == digest for digest, name in lines)


WALL_CLOCKS = {"time", "time_ns", "localtime", "gmtime", "ctime", "now", "today", "utcnow"}
DATED = {ROOT / "masw_core" / "training" / name for name in ("export.py", "trainer.py")}  # the date on a model card


@pytest.mark.parametrize("room", ["masw_core", "pages"])
def test_nothing_but_a_model_cards_date_asks_the_clock_on_the_wall(room):
    """It jumps: at a change of the system's time, over a suspend. Durations are of clocks that only go forward."""
    asked = set()
    for file in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in WALL_CLOCKS:
                owner = ast.unparse(node.value)
                asked |= {file} if owner.split(".")[-1] in ("time", "datetime", "date") else set()
            if isinstance(node, ast.ImportFrom) and node.module == "time":
                assert not {alias.name for alias in node.names} & WALL_CLOCKS, file
    assert asked <= DATED


class Steps:
    """Six steps, before the fourth of which the clock is set."""

    def __init__(self, set_clock) -> None:
        self.set_clock, self.taken = set_clock, 0

    def cpu(self):
        return self

    def steps(self):
        for number in range(6):
            if number == 3:
                self.set_clock()
            yield self

    def take(self, step):
        self.taken += 1

    def snapshot(self, complete=False):
        return self.taken


@pytest.mark.parametrize("days", [1, -1])
def test_a_run_does_not_notice_that_the_clock_was_set(days, monkeypatch):
    now = time.time
    steps = Steps(lambda: monkeypatch.setattr(time, "time", lambda: now() + days * 86_400))
    job = Job(steps.steps, steps, Gate(), total=5, patience=5.0).start()
    job.join(10)
    assert abs(time.time() - now()) > 80_000
    assert (job.state, job.trace()) == ("done", 6)
    assert 0 <= job.seconds < 5
    assert 0 <= job.seconds_left < 5
