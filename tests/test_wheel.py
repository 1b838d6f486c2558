"""What `pip install .` gives: the wheel is built once, installed into a folder, and used from an empty one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ATTACK = """
import masw_core
from masw_core import load_attack, load_dataset, load_model, make_goal, run
from masw_core.toy import load_toy

image, true = load_dataset("scenes", split="test")[0]
model = load_model("scenes")
result = run(load_attack("masw", steps=60), model, image[None], make_goal("untargeted", true[None], 3))
print(masw_core.__file__, load_toy("fig1a").model.name, bool(result.success))
"""


def pip(*arguments: str | Path) -> None:
    quiet = ("--quiet", "--disable-pip-version-check", "--no-deps")
    done = subprocess.run([sys.executable, "-m", "pip", *arguments, *quiet], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", ROOT, "--no-build-isolation", "--wheel-dir", folder)
    (file,) = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    pip("install", wheel, "--target", folder, "--no-compile", "--no-index")
    return folder


def elsewhere(installed: Path) -> dict[str, str]:
    """An environment that knows the installed package and not the checkout."""
    return {**os.environ, "PYTHONPATH": str(installed), "OMP_NUM_THREADS": "1"}


def test_the_wheel_says_what_it_is_and_what_it_needs(wheel):
    import masw_core

    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        text = archive.read(metadata).decode()
    assert f"\nVersion: {masw_core.__version__}\n" in text
    needs = [line for line in text.splitlines() if line.startswith("Requires-Dist") and "extra ==" not in line]
    assert any("torch" in line for line in needs)
    assert not any(name in line for line in needs for name in ("streamlit", "ray", "torchvision", "pytest"))
    assert "masw_core/py.typed" in names
    assert "masw_core/explorer/.streamlit/config.toml" in names
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"masw_core"}


def test_every_file_of_the_checkout_that_the_package_reads_is_in_the_wheel(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    skip = {"__pycache__", ".DS_Store"}
    for source, target in (
        ("masw_core", "masw_core"),
        ("assets", "masw_core/assets"),
        ("pages", "masw_core/explorer/pages"),
    ):
        files = [file for file in (ROOT / source).rglob("*") if file.is_file() and not skip & set(file.parts)]
        assert files
        assert {f"{target}/{file.relative_to(ROOT / source).as_posix()}" for file in files} <= names


def test_the_installed_library_and_command_work_from_an_empty_folder(installed, tmp_path):
    environment = elsewhere(installed)
    command = [sys.executable, str(installed / "bin" / "masw"), "list", "attacks"]
    listed = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert listed.stdout.startswith("masw ")
    attacked = subprocess.run(
        [sys.executable, "-c", ATTACK], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    where, toy, success = attacked.stdout.split()
    assert Path(where).is_relative_to(installed)
    assert (toy, success) == ("toy-fig1a", "True")


def test_the_installed_explorer_answers_and_stops_when_told(installed, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "masw_core", "app", f"--port={port}", "--address=127.0.0.1", "--headless"]
    with (tmp_path / "log").open("w+") as log:
        server = subprocess.Popen(command, cwd=tmp_path, env=elsewhere(installed), stdout=log, stderr=log)
        try:
            assert answer(f"http://127.0.0.1:{port}/_stcore/health", server) == b"ok", (tmp_path / "log").read_text()
            server.send_signal(signal.SIGINT)
            assert server.wait(20) == 0
        finally:
            server.kill()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0  # Streamlit went with it


def answer(address: str, server: subprocess.Popen) -> bytes | None:
    """What the address answers, or None if nobody does before the server ends or 60 seconds pass."""
    for _ in range(240):
        try:
            return urllib.request.urlopen(address, timeout=1).read()
        except OSError:
            if server.poll() is not None:
                return None
            time.sleep(0.25)
    return None


PAGES = """
import sys
from pathlib import Path

from streamlit.testing.v1 import AppTest

app = AppTest.from_file(str(Path(sys.argv[1]) / "masw_core" / "explorer" / "app.py"), default_timeout=60).run()
import pages.shared.shell
print(len(app.exception), pages.shared.shell.__file__)
"""


def test_the_installed_pages_are_those_of_the_wheel(installed, tmp_path):
    explorer = installed / "masw_core" / "explorer"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(explorer)!r})\n" + PAGES, str(installed)],
        cwd=tmp_path,
        env=elsewhere(installed),
        capture_output=True,
        text=True,
        check=True,
    )
    exceptions, where = done.stdout.split()[-2:]
    assert exceptions == "0"
    assert Path(where).is_relative_to(explorer)
