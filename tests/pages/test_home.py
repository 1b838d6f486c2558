"""Home: light, complete, and its cards open runs that exist."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64decode

from masw_core.data.samples import list_samples
from masw_core.views.payload import player_payload
from pages.parts.compare.methods import WEIGHTINGS
from pages.parts.home.presets import presets
from pages.parts.home.recorded import recorded_run
from pages.shared.cases import CASES
from pages.shared.links import LAB

import numpy as np
import pytest
from compare_driver import open_compare
from lab_driver import ROOT, open_lab, run_to_the_end
from streamlit.testing.v1 import AppTest

PRESETS = presets()


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
    assert set(recorded_run()) == {*fresh, "about", "setting"}, "run scripts/record_home.py again"


def test_the_recorded_run_has_weights_that_move_and_a_goal_that_does_not_fit():
    data = recorded_run()
    weights = np.frombuffer(b64decode(data["weights"]), np.uint8).reshape(data["n"], -1) / 255
    values = np.frombuffer(b64decode(data["values"]), np.float16).reshape(data["n"], -1)
    held_back = ((weights < 0.5) & (values < 0)).sum(axis=1)
    assert (held_back >= 2).mean() >= 0.5
    assert (np.ptp(weights, axis=0) >= 0.5).sum() >= 2
    assert data["first"] is None
    assert (values[data["best"]] >= 0).any()


def test_home_says_that_the_run_was_chosen_and_what_uniform_weights_did():
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    (said,) = [caption.value for caption in at.caption if caption.value == recorded_run()["about"]]
    assert "This run was chosen because" in said
    assert "With uniform weights: " in said


def test_the_first_card_is_the_recorded_run_in_the_lab_and_its_ablations_in_compare():
    first, setting = PRESETS[0], recorded_run()["setting"]
    lab = open_lab(**first.settings)
    compare = open_compare(**first.compare)
    picture = next(sample.id for sample in list_samples() if sample.title == setting["picture"])
    tau = float(setting["tau"])
    assert (lab.session_state["lab_picture"], lab.session_state["lab_masw_tau"]) == (picture, tau)
    assert (compare.session_state["cmp_picture"], compare.session_state["cmp_tau"]) == (picture, tau)
    assert compare.session_state["cmp_methods"] == list(WEIGHTINGS)
    assert compare.session_state["cmp_steps"] == lab.session_state["lab_masw_steps"] == setting["steps"]
    assert not compare.button(key="cmp_run").disabled
    home = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    assert [link.label for link in home.page_link].count("Weightings side by side") == 1


def test_cards_have_photos_with_several_labels_and_three_k():
    photos = {sample.title: sample for sample in list_samples() if sample.model == "photo" and len(sample.labels) > 1}
    cards = [preset.settings for preset in PRESETS if preset.settings[LAB.picture.key] in photos]
    assert {card.get(LAB.k.key, "3") for card in cards} == {"3", "5", "10"}


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
