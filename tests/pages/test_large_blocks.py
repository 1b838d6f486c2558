"""A server whose runs are computed elsewhere has large blocks given back; one that computes them is quicker without."""

from masw_core.engine import IN_PROCESS, memory

import pytest
from lab_driver import ROOT
from streamlit.testing.v1 import AppTest


@pytest.mark.parametrize("in_process", [False, True])
def test_where_runs_are_computed_decides(monkeypatch, in_process):
    asked = []
    monkeypatch.setattr(memory, "take_large_blocks_from_the_system", lambda: asked.append(True))
    monkeypatch.setenv(IN_PROCESS, "1" if in_process else "")
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert not at.exception, at.exception
    assert bool(asked) is not in_process
