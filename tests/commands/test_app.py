"""``masw app``: what it starts, and what it says where Streamlit is missing. That it answers is in test_wheel."""

from masw_core.assets import explorer_folder
from masw_core.commands import app
from masw_core.commands.cli import main
from masw_core.engine import IN_PROCESS

import pytest


def test_without_streamlit_one_sentence_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr(app, "find_spec", lambda name: None)
    assert main(["app"]) == 2
    assert capsys.readouterr().err == "masw_core: the explorer needs Streamlit: run pip install 'masw-explorer[app]'\n"


@pytest.mark.parametrize("port", ["0", "65536"])
def test_a_port_that_does_not_exist_is_refused(port, capsys):
    assert main(["app", "--port", port]) == 2
    assert "choose a number from 1 to 65535" in capsys.readouterr().err


def test_the_explorer_lies_with_its_pages_and_its_settings():
    folder = explorer_folder()
    assert all((folder / name).exists() for name in ("app.py", "pages/home.py", ".streamlit/config.toml"))


@pytest.mark.parametrize(("flags", "expected"), [([], None), (["--in-process"], "1")])
def test_in_process_reaches_the_server(flags, expected, monkeypatch):
    started = []

    class Server:
        def __init__(self, command, env=None, **more):
            started.append((env or {}).get(IN_PROCESS))

        def wait(self):
            return 0

    monkeypatch.setattr(app.subprocess, "Popen", Server)
    assert main(["app", *flags]) == 0
    assert started == [expected]
