"""The playground, driven headless: every preset, every problem and mode, bad links, clashing settings."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlencode

from masw_core.toy.names import PROBLEM_TITLES
from masw_core.toy.points import LABELS, decode, encode
from pages.parts.playground.presets import PLAYGROUND_PRESETS
from pages.shared.links import MODE_TITLES

import pytest
from streamlit.testing.v1 import AppTest

APP = str(Path(__file__).resolve().parents[2] / "app.py")


def opened(**query) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    return app.switch_page("pages/playground.py").run()


def texts(app) -> str:
    return " ".join(element.value for element in [*app.markdown, *app.success, *app.info, *app.error])


def healthy(app) -> AppTest:
    assert not app.exception, app.exception[0].value
    assert not app.error, app.error[0].value
    return app


@pytest.mark.parametrize("preset", PLAYGROUND_PRESETS, ids=lambda preset: preset.key)
def test_every_preset_card_opens_its_run(preset):
    app = opened()
    healthy(app.button(key=f"preset_{preset.key}").click().run())
    for name, value in preset.settings.items():
        assert app.session_state[name] == value


@pytest.mark.parametrize("preset", PLAYGROUND_PRESETS, ids=lambda preset: preset.key)
def test_every_preset_link_opens_its_run(preset):
    app = healthy(opened(**preset.link))
    for name, value in preset.settings.items():
        assert app.session_state[name] == value


@pytest.mark.parametrize("problem", list(PROBLEM_TITLES))
@pytest.mark.parametrize("mode", list(MODE_TITLES))
def test_every_problem_in_every_mode(problem, mode):
    healthy(opened(play_problem=PROBLEM_TITLES[problem], play_mode=MODE_TITLES[mode], play_steps="20"))


def test_presets_leave_nothing_of_the_setting_before():
    app = opened(play_film_x="0.3", play_weighting="uniform")
    assert app.session_state["play_film_x"] == pytest.approx(0.3)
    healthy(app.button(key="preset_film").click().run())
    assert app.session_state["play_film_x"] == 0.0
    assert app.session_state["play_weighting"] == ["spw"]


@pytest.mark.parametrize("weighting", ["SPW", "uniform", "fixed ε", "SPL"])
@pytest.mark.parametrize("space", ["logit", "probability"])
def test_every_weighting_in_both_spaces(weighting, space):
    app = opened(play_weighting=weighting, play_space=space, play_steps="15", play_attacks="MASW")
    healthy(app)


def test_fig1a_writes_formulas_sets_and_values():
    found = texts(healthy(opened(play_problem="Fig. 1a", play_mode="Compare two points")))
    assert "shared {2, 3}: 2 / 3 → **0.667**" in found
    assert "shared {4}: 1 / 3 → **0.333**" in found
    assert "tie in label consistency" in found


def test_fig1c_writes_the_targeted_formulas():
    found = texts(healthy(opened(play_problem="Fig. 1c", play_mode="Compare two points")))
    assert "Y_t=${2, 8}" in found
    assert "unchanged $B_I=$∅: 1 − 0 / 3 → **1**" in found
    assert "unchanged $B_I=${1, 4}: 1 − 2 / 3 → **0.333**" in found
    assert "tie in attack cost" in found


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"play_film_true": ""}, "Choose at least one true label"),
        ({"play_film_k": "4"}, "k = 4 is impossible"),
        ({"play_film_target": "1"}, "also a true label"),
        ({"play_film_target": "4", "play_film_k": "2"}, "exactly 2 target labels"),
        ({"play_problem": "Own data", "play_own_points": "!!"}, "cannot be read"),
        ({"play_problem": "Own data", "play_own_points": ""}, "no points yet"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(query, sentence):
    app = opened(**query)
    assert not app.exception
    assert sentence in app.error[0].value


def test_links_out_of_range_fall_back():
    app = healthy(opened(play_film_k="99", play_steps="-5", play_problem="nonsense", play_film_x="7"))
    assert app.session_state["play_film_k"] == 1
    assert app.session_state["play_steps"] == 200


def test_painted_points_travel_as_text():
    drops = [(-1.0, 1.0, (0,)), (0.5, -0.25, (0, 2)), (0.0, 0.0, ())]
    back = decode(encode(drops))
    assert [labels for _, _, labels in back] == [labels for _, _, labels in drops]
    for (x, y, _), (u, v, _) in zip(drops, back, strict=True):
        assert abs(x - u) < 0.02
        assert abs(y - v) < 0.02
    assert encode(back) == encode(drops)
    assert max(len(labels) for _, _, labels in back) <= len(LABELS)


def test_links_fit_into_an_address_bar():
    for preset in PLAYGROUND_PRESETS:
        assert len(urlencode(preset.link, doseq=True)) < 1000


def drawn(app) -> list[str]:
    return [json.loads(chart.proto.spec)["data"][0]["type"] for chart in app.get("plotly_chart")]


def test_conflict_at_the_step_where_the_cursor_rests():
    app = healthy(opened(play_steps="30"))
    assert "heatmap" not in drawn(app)
    app.session_state["play_conflict"] = True
    healthy(app.run())
    assert drawn(app).count("heatmap") == 1
    assert "step 0" in texts(app)
    assert "of the step, with weight" in texts(app)
    app.get_by_key("play_conflict_run").set_value("tkml")
    healthy(app.run())
    assert "TkML, step 0" in texts(app)
    assert any("no shares" in caption.value for caption in app.caption)
