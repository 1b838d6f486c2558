"""Home: light, complete, and its cards open runs that exist."""

from __future__ import annotations

import subprocess
import sys

from masw_core.views.payload import player_payload
from pages.parts.home.presets import PRESETS
from pages.parts.home.recorded import recorded_run
from pages.shared.cases import CASES
from pages.shared.links import LAB

import pytest
from lab_driver import ROOT, open_lab, run_to_the_end
from streamlit.testing.v1 import AppTest


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


def displayed(at, name: str) -> str:
    """What a control of the lab shows, as a link writes it."""
    widget = at.get_by_key(name)
    if hasattr(widget, "options") and not isinstance(widget.value, list):
        return CASES[widget.value] if name == "lab_case" else widget.options[widget.index]
    return f"{widget.value:g}"


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.title)
def test_every_preset_opens_what_it_says(preset, quick_models):
    at = open_lab(**preset.settings)
    assert {name: displayed(at, name) for name in preset.settings} == preset.settings
    assert {name: at.query_params.get(name) for name in preset.settings} == preset.settings, "it names a default"
    assert not at.button(key="lab_run").disabled


def test_the_recorded_run_fits_the_player(quick_models):
    at = run_to_the_end(open_lab(lab_masw_steps="2"))
    fresh = player_payload(at.session_state["lab_current_run"].job.trace(), "x")
    assert set(recorded_run()) == {*fresh, "about"}, "run scripts/record_home.py again"


def test_a_card_leaves_nothing_of_the_settings_before(quick_models):
    at = open_lab(lab_masw_eta="1.5", lab_k="7", lab_masw_weighting="uniform (all 1)", lab_seed="3")
    at.multiselect(key="lab_true").set_value(["sofa"]).run()
    at.query_params.clear()
    for name, value in LAB.afresh("x", PRESETS[0].settings).items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    assert at.session_state["lab_masw_eta"] is None
    assert at.session_state["lab_masw_weighting"] is None
    assert (at.session_state["lab_k"], at.session_state["lab_seed"]) == (3, 0)
    assert at.session_state["lab_true"] != ["sofa"]
    assert LAB.card.key not in at.query_params
