"""Bars of a table of results: percent, and a spread only where several seeds say one."""

from __future__ import annotations

from masw_core.views.sweep_figures import bars

import pandas as pd

PLACE = {"dataset": "scenes", "model": "scenes", "case": "best", "k": 3, "tau_share": 1.0}


def test_one_seed_has_no_spread():
    rows = [
        {**PLACE, "attack": "masw", "seed": 0, "asr": 0.5},
        {**PLACE, "attack": "masw", "seed": 1, "asr": 0.7},
        {**PLACE, "attack": "tkml", "seed": 0, "asr": 0.4},
    ]
    three, one = bars(pd.DataFrame(rows), "asr", 3)["data"]
    assert (three["name"], three["y"], three["error_y"]["array"]) == ("masw", [60.0], [10.0])
    assert (one["name"], one["y"], one["error_y"]["array"]) == ("tkml", [40.0], [None])
    assert one["error_y"]["width"] == 0, "Plotly draws None as 0, and a cap would be seen"
