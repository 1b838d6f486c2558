"""Ours beside the paper's: the right printed number in every line, and the paper's tables in our shape."""

from masw_core.benchmark.columns import COLUMNS
from masw_core.benchmark.verdict import verdict
from masw_core.published.beside import beside, published_results
from masw_core.published.numbers import load_published

import pandas as pd
import pytest

OURS = pd.DataFrame(
    [
        {"dataset": "scenes", "model": "scenes", "case": case, "k": k, "attack": attack, "seed": seed, "asr": asr}
        for case, k, attack, seed, asr in (
            ("best", 3, "masw", 0, 0.9),
            ("best", 3, "masw", 1, 0.8),
            ("best", 3, "tkml", 0, 0.95),
            ("best", 3, "masw+weighting=uniform", 0, 0.99),
            ("untargeted", 3, "mlalp", 0, 0.5),
            ("best", 7, "masw", 0, 0.5),
        )
    ]
)


def test_every_line_has_the_printed_number_and_the_difference():
    rows = beside(OURS, "voc2012").set_index(["case", "attack"])
    assert len(rows) == 3  # the variant and k = 7 have no partner
    masw = rows.loc[("best", "masw")]
    assert (masw["ours"], masw["paper"]) == (pytest.approx(85), 93.97)
    assert masw["difference"] == pytest.approx(85 - 93.97)
    assert (masw["table"], masw["method"]) == ("III", "MASWT")
    assert (masw["our_place"], masw["paper_place"]) == (2, 1)
    assert rows.loc[("best", "tkml"), "our_place"] == 1
    assert rows["doubtful"].to_dict() == {
        ("best", "tkml"): False,
        ("best", "masw"): False,
        ("untargeted", "mlalp"): True,
    }
    assert "differs from Table" in rows.loc[("untargeted", "mlalp"), "note"]


def test_norms_are_not_percent():
    rows = beside(OURS.assign(pert_table=0.4), "voc2012", "pert").set_index(["case", "attack"])
    assert rows.loc[("best", "masw"), "ours"] == pytest.approx(0.4)


def test_nothing_in_common_is_an_empty_table():
    assert beside(OURS.assign(k=99), "voc2012").empty
    assert beside(OURS.iloc[:0], "voc2012").empty
    with pytest.raises(ValueError, match="by = 'speed'"):
        beside(OURS, "voc2012", "speed")


def test_the_papers_tables_take_the_shape_of_ours():
    shaped, rows = published_results(), load_published()
    assert set(COLUMNS) <= set(shaped)
    key = ["dataset", "case", "k", "attack"]
    assert not shaped.duplicated(key).any()
    assert set(map(tuple, shaped[key].to_numpy())) == set(map(tuple, rows[key].to_numpy()))
    both = shaped.merge(rows, on=[*key, "table"])
    assert len(both) == len(shaped)
    pd.testing.assert_series_equal(100 * both["asr_x"], both["asr_y"], check_names=False)
    twice = shaped[(shaped["dataset"] == "voc2012") & (shaped["case"] == "untargeted") & (shaped["attack"] == "mlalp")]
    assert set(twice["table"]) == {"I"}


def test_in_the_papers_numbers_masw_leads_everywhere_but_for_one_draw():
    said = verdict(published_results())
    assert "in 57 of 58 settings (case and k) and shares it in 1." in said.lead
    assert said.behind == ""
