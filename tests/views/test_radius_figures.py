"""Figures over the radius: what lines and intervals hold, and that a method keeps its colour."""

from masw_core.views.radius_figures import MEASURES, SYMBOLS, differences_over_tau, over_tau, signed

import pandas as pd
import plotly.graph_objects as go
import pytest

PLACE = {"dataset": "d", "model": "m", "k": 3}
SHARES = (0.4, 0.7, 1.0)
NAMES = ("masw", "masw+weighting=uniform", "tkml")


def rows(names=NAMES):
    return pd.DataFrame(
        {**PLACE, "case": case, "attack": name, "seed": seed, "tau_share": share}
        | {"asr": share / 2, "sasr": share - 0.1 * seed, "lfr": 0.5, "afd": 1.5 - share}
        for case in ("untargeted", "worst")
        for name in names
        for share in reversed(SHARES)
        for seed in (0, 1)
    )


def differences(names=("tkml", "masw")):
    return pd.DataFrame(
        {**PLACE, "case": "worst", "attack": name, "tau_share": share, "images": 9}
        | {
            f"{measure}{end}": value
            for measure in MEASURES
            for end, value in (("", 0.1), ("_low", -0.1), ("_high", 0.2))
        }
        for name in names
        for share in SHARES
    )


def test_lines_rise_with_the_radius_and_say_their_spread():
    first, second = over_tau(rows(), "sasr")
    assert (first.title, second.title) == ("Untargeted, k = 3", "Worst case, k = 3")
    go.Figure(first.spec)
    line = first.spec["data"][0]
    assert (line["name"], line["x"]) == ("masw", [0.4, 0.7, 1.0])
    assert line["y"] == pytest.approx([35, 65, 95])
    assert line["customdata"] == ["35.0 ± 5.0", "65.0 ± 5.0", "95.0 ± 5.0"]
    degrees = over_tau(rows(), "afd")[0].spec
    assert degrees["data"][0]["y"] == pytest.approx([1.1, 0.8, 0.5])
    assert "lower is better" in degrees["layout"]["yaxis"]["title"]["text"]


def test_intervals_stand_beside_each_other_around_their_mean():
    (panel,) = differences_over_tau(differences(), "sasr", NAMES[1], NAMES)
    go.Figure(panel.spec)
    ours, theirs = (next(line for line in panel.spec["data"] if line["name"] == name) for name in ("masw", "tkml"))
    assert ours["y"] == pytest.approx([10] * 3)
    assert (ours["error_y"]["array"], ours["error_y"]["arrayminus"]) == ([10] * 3, [20] * 3)
    assert ours["customdata"][0] == "τ × 0.4: +10.0 [−10.0, +20.0]"
    assert all(a < share < b for a, share, b in zip(ours["x"], SHARES, theirs["x"], strict=True))


def test_a_method_has_the_same_colour_and_symbol_in_both_and_none_share_them():
    levels = {line["name"]: line for line in over_tau(rows(), "sasr")[0].spec["data"]}
    for line in differences_over_tau(differences(), "sasr", NAMES[1], NAMES)[0].spec["data"]:
        assert (line["line"], line["marker"]) == (levels[line["name"]]["line"], levels[line["name"]]["marker"])
    many = over_tau(rows([f"a{number}" for number in range(2 * len(SYMBOLS))]), "asr")[0].spec["data"]
    assert len({str(line["line"]) for line in many}) == len(many)


def test_no_minus_before_nought():
    assert (signed(-0.0001, "sasr"), signed(-0.25, "lfr"), signed(-0.25, "afd")) == ("+0.0", "−25.0", "−0.25")
