"""The attack that docs/extending.md prints, put into a scratch copy as one file: it passes the checks and the laws, and
is offered everywhere."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("masw_core", "pages", "tests", "app.py", "pyproject.toml")

WHERE_IT_APPEARS = """
import argparse, json
import masw_core
from masw_core.benchmark.methods import Method
from masw_core.commands.benchmark import _plan
from masw_core.toy.setup import Setup
from streamlit.testing.v1 import AppTest

def page(name, **query):
    app = AppTest.from_file("app.py", default_timeout=120)
    app.query_params.update(query)
    app = app.run().switch_page(f"pages/{name}.py").run()
    assert not app.exception, app.exception[0].value
    return app

lab = page("attack_lab", lab_attack="Mine")
setup = Setup("film", (0.0, 0.5), ("1", "2"), 1, attacks=("mine",), steps=3)
options = dict.fromkeys(("table", "cases", "k", "samples"), None)
print(json.dumps({
    "lab": lab.selectbox(key="lab_attack").options,
    "depth": lab.selectbox(key="lab_mine_depth").options,
    "comparison": page("compare").multiselect(key="cmp_methods").options,
    "playground": page("playground").button_group(key="play_attacks").options,
    "plane": [(title, len(trace)) for _, title, trace in setup.run()],
    "benchmark": _plan(argparse.Namespace(attacks="all", **options))[0],
    "steps": Method.parse("mine+depth=sum").attack(30, 2.0).steps,
    "cases": [Method.parse("mine").supports(case) for case in ("untargeted", "universal", "best")],
}))
"""


@pytest.fixture(scope="module")
def scratch(tmp_path_factory) -> Path:
    """A copy of the project with one more file, and the assets where they are."""
    folder = tmp_path_factory.mktemp("scratch")
    skip = shutil.ignore_patterns("__pycache__", ".*", "e2e")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=skip)
        else:
            shutil.copy2(source, folder / name)
    (folder / "assets").symlink_to(ROOT / "assets")
    (folder / "masw_core" / "attacks" / "mine.py").write_text(printed_attack(), encoding="utf-8")
    return folder


def printed_attack() -> str:
    """The first Python block of the page, as printed."""
    page = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[0]


def run(scratch: Path, *command: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, *command], cwd=scratch, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_passes_the_checks_as_printed(scratch):
    run(scratch, "-m", "ruff", "check", "--no-cache", "masw_core/attacks/mine.py")
    run(scratch, "-m", "ruff", "format", "--no-cache", "--check", "masw_core/attacks/mine.py")
    run(scratch, "-m", "mypy", "--cache-dir", str(ROOT / ".mypy_cache"), "masw_core/attacks/mine.py")


def test_it_obeys_every_law(scratch):
    told = run(scratch, "-m", "pytest", "tests/attacks/test_laws.py", "-k", "mine", "-p", "no:cacheprovider")
    assert int(re.findall(r"(\d+) passed", told)[0]) > 10


def test_the_command_line_lists_it_with_its_settings(scratch):
    rows = {row["name"]: row for row in json.loads(run(scratch, "-m", "masw_core", "list", "attacks", "--json"))}
    depth = next(setting for setting in rows["mine"]["settings"] if setting["name"] == "depth")
    assert depth["choices"] == ["highest", "sum"]
    assert depth["default"] == "highest"
    assert depth["note"].startswith('`"highest"`: lower the highest true label')


def test_it_is_in_every_list_without_another_file(scratch):
    found = json.loads(run(scratch, "-c", WHERE_IT_APPEARS))
    assert all("Mine" in found[place] for place in ("lab", "comparison", "playground"))
    assert found["depth"] == ["highest", "sum"]
    assert found["plane"] == [["Mine", 4]]
    assert "mine" in found["benchmark"]
    assert found["steps"] == 30
    assert found["cases"] == [True, True, False]
