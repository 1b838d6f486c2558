"""Home: light, complete, and its cards open runs that exist."""

from __future__ import annotations

import subprocess
import sys

import pytest
from lab_driver import ROOT, open_lab
from streamlit.testing.v1 import AppTest

from pages.components.presets import PRESETS


def test_home_imports_neither_torch_nor_plotly():
    code = (
        "import sys; from streamlit.testing.v1 import AppTest; "  # which imports plotly itself: forget that
        "[sys.modules.pop(name) for name in list(sys.modules) if name.split('.')[0] == 'plotly']; "
        "at = AppTest.from_file('app.py', default_timeout=30).run(); assert not at.exception, at.exception; "
        "print(sorted({'torch', 'plotly', 'torchvision'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_home_shows_every_preset():
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    assert not at.exception
    text = " ".join(element.value for element in at.markdown)
    for preset in PRESETS:
        assert preset.title in text
    assert len(at.page_link) >= len(PRESETS)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.title)
def test_every_preset_opens_what_it_says(preset, quick_models):
    at = open_lab(**preset.settings)
    for name, value in preset.settings.items():
        shown = at.get_by_key(name)
        got = shown.proto.formatted_value if hasattr(shown.proto, "formatted_value") else shown.value
        assert str(value) in (str(got), str(at.session_state[name])) or at.query_params[name] == value, name
    assert not at.button(key="lab_run").disabled
