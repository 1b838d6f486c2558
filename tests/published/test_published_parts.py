"""Run times, fluctuation and settings of the paper, and its order of the attacks."""

import re

from masw_core.published.numbers import load_published, marked, published_order

import pytest


def test_run_times_grow_with_k_and_a_week_is_a_lower_bound():
    times = load_published("runtimes")
    assert len(times) == (11 + 11 + 7) * 6
    stopped = times[times["time"] == 168]
    assert set(stopped["attack"]) == {"kuap"}
    assert marked(stopped, "time").all()
    series = times.sort_values("k").groupby(["table", "dataset", "attack"])["time"]
    assert series.apply(lambda seconds: seconds.is_monotonic_increasing).all()


def test_masw_is_the_quickest_iterative_attack_where_bold_says_so():
    times = load_published("runtimes")
    slower = times[~times["attack"].isin(["fgsm", "mifgsm"])]
    for block, found in slower.groupby(["table", "dataset", "k"]):
        bold = found[marked(found, "time", "bold")]
        if bold["time"].item() > found["time"].min():
            assert block == ("S.X", "coco2014", 3)
            assert marked(bold, "time").all()


def test_fluctuation_is_least_for_masw_and_madw():
    shares = load_published("fluctuation")
    assert len(shares) == 24
    for _, found in shares.groupby(["dataset", "case"]):
        ours = found["attack"].isin(["masw", "madw"])
        assert found.loc[ours, "share"].max() < found.loc[~ours, "share"].min()
    assert marked(shares, "method").sum() == 6


def test_settings_name_the_accuracy_of_the_attacked_networks():
    settings = load_published("settings").set_index(["name", "applies_to"])["value"]
    assert settings["map"].to_dict() == {"voc2012": 87.2, "coco2014": 93.6, "nuswide": 66.1}
    assert settings["tau"].to_dict() == {"targeted": 2, "untargeted": 10, "universal": 100}


def test_order_reads_the_main_text_first_and_the_supplement_where_it_is_alone():
    order = published_order("voc2012", "untargeted", 3)
    assert order[:3] == ["masw", "madw", "tkmia"]  # MADW is in the supplement only
    assert order.index("mlalp") == 9  # 64.97 in Table I
    assert published_order("voc2012", "untargeted", 3, table="S.I").index("mlalp") == 9  # 43.90, still above FGSM
    assert "mlalp" not in published_order("voc2012", "untargeted", 3, doubtful=False)
    assert published_order("voc2012", "untargeted", 3, by="pert")[0] == "mifgsm"


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (("voc2012", "best", 10), "no asr for voc2012, best, k = 10"),
        (("mnist", "best", 3), "no asr for mnist"),
        (("voc2012", "best", 3, "speed"), "by = 'speed'"),
        (("voc2012", "untargeted", 3, "asr", "VIII"), "in Table VIII"),
    ],
)
def test_an_order_that_nobody_published_is_one_sentence(block, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        published_order(*block)


def test_an_unknown_part_is_one_sentence():
    with pytest.raises(ValueError, match="part = 'tables' is unknown"):
        load_published("tables")


def test_loading_hands_out_copies():
    rows = load_published()
    rows["asr"] = 0.0
    assert load_published()["asr"].max() > 0
