"""Rankings side by side: what ``compare`` says of orders that are known."""

import itertools

from masw_core.published.numbers import compare, load_published, published_order

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

ATTACKS = ("masw", "tkml", "pgd", "mlcw", "mldf", "rank1")
PAPER = dict(zip(ATTACKS, (93.97, 93.13, 37.17, 82.70, 52.30, 92.10), strict=True))  # Table III, VOC, k = 3, ASR
values = st.lists(st.integers(0, 4), min_size=len(ATTACKS), max_size=len(ATTACKS))


def measured(asr: dict[str, float], dataset: str = "voc2012", case: str = "best", k: int = 3, **more) -> pd.DataFrame:
    rows = [
        {"dataset": dataset, "model": "m", "case": case, "k": k, "attack": attack, "seed": 0, "asr": rate, **more}
        for attack, rate in asr.items()
    ]
    return pd.DataFrame(rows)


def test_the_paper_agrees_with_itself_in_every_block():
    rows = load_published()
    rows = rows[rows["table"].isin(["I", "II", "III", "IV", "V", "VI", "VII", "VIII"])].dropna(subset=["asr"])
    ours = rows.assign(asr=rows["asr"] / 100, seed=0)
    found = compare(ours)
    assert len(found) == len(rows.groupby(["dataset", "case", "k"])) == 56
    np.testing.assert_allclose(found["spearman"], 1)
    np.testing.assert_allclose(found["kendall"], 1)
    assert not found["disagreements"].map(len).any()
    assert (found["ours"] == found["paper"]).all()


def test_a_reversed_ranking_disagrees_in_every_pair():
    found = compare(measured({attack: 1 - rate / 100 for attack, rate in PAPER.items()})).iloc[0]
    assert (found["spearman"], found["kendall"]) == (pytest.approx(-1), pytest.approx(-1))
    order = published_order("voc2012", "best", 3)
    expected = {pair for pair in itertools.combinations(order, 2) if set(pair) <= set(ATTACKS)}
    assert set(found["disagreements"]) == expected
    assert found["ours"] == found["paper"][::-1]


def test_one_swap_is_one_pair():
    ours = {**PAPER, "masw": 93.0, "tkml": 94.0}
    found = compare(measured({attack: rate / 100 for attack, rate in ours.items()})).iloc[0]
    assert found["disagreements"] == (("masw", "tkml"),)
    assert found["kendall"] == pytest.approx(1 - 2 / 15)
    assert found["spearman"] == pytest.approx(1 - 6 * 2 / (6 * 35))


@given(values)
def test_pairs_and_kendall_agree_by_brute_force(rates):
    ours = dict(zip(ATTACKS, rates, strict=True))
    found = compare(measured(ours)).iloc[0]
    pairs = [(a, b) for a, b in itertools.permutations(ATTACKS, 2) if PAPER[a] > PAPER[b]]
    assert set(found["disagreements"]) == {(a, b) for a, b in pairs if ours[a] < ours[b]}
    agree = sum(ours[a] > ours[b] for a, b in pairs)
    untied = sum(ours[a] != ours[b] for a, b in pairs)
    if untied:
        expected = (agree - len(found["disagreements"])) / np.sqrt(untied * len(pairs))
        assert found["kendall"] == pytest.approx(expected)
    else:
        assert np.isnan(found["kendall"])
        assert np.isnan(found["spearman"])


@given(values, st.permutations(range(len(ATTACKS))))
def test_the_order_of_our_rows_and_their_scale_do_not_matter(rates, shuffled):
    ours = measured(dict(zip(ATTACKS, rates, strict=True)))
    other = ours.iloc[shuffled].assign(asr=lambda rows: np.exp(rows["asr"]))
    first, second = compare(ours).iloc[0], compare(other).iloc[0]
    assert first["ours"] == second["ours"]
    assert set(first["disagreements"]) == set(second["disagreements"])
    np.testing.assert_allclose(first["spearman"], second["spearman"])


def test_seeds_are_averaged():
    """One seed alone would put PGD first."""
    steady = measured({"masw": 0.6, "tkml": 0.5})
    seeds = [measured({"pgd": rate}).assign(seed=seed) for seed, rate in enumerate((0.9, 0.0, 0.0))]
    found = compare(pd.concat([*seeds, steady])).iloc[0]
    assert found["ours"] == ("masw", "tkml", "pgd")
    assert found["attacks"] == 3


def test_seeds_in_another_order_are_a_tie():
    forward = [measured({"masw": rate}).assign(seed=seed) for seed, rate in enumerate((0.1, 0.2, 0.3))]
    backward = [measured({"tkml": rate}).assign(seed=seed) for seed, rate in enumerate((0.3, 0.2, 0.1))]
    found = compare(pd.concat([*forward, *backward])).iloc[0]
    assert np.isnan(found["kendall"])
    assert found["disagreements"] == ()


def test_a_smaller_perturbation_is_the_better_one():
    pert = {"mifgsm": 0.001, "masw": 0.004, "pgd": 0.008}
    rows = [measured({attack: 0.5}, pert_table=size) for attack, size in pert.items()]
    found = compare(pd.concat(rows), by="pert").iloc[0]
    assert found["ours"] == found["paper"] == ("mifgsm", "masw", "pgd")


def test_only_attacks_that_both_have_are_ranked():
    found = compare(measured({"masw": 0.9, "tkml": 0.8, "kfool": 0.99, "something": 1.0})).iloc[0]
    assert found["attacks"] == 2
    assert set(found["ours"]) == {"masw", "tkml"}
    alone = compare(measured({"masw": 0.9})).iloc[0]
    assert np.isnan(alone["spearman"])


def test_a_block_the_paper_lacks_stays_in_the_table_and_says_so():
    found = compare(measured({"masw": 0.9, "tkml": 0.8}, k=7)).iloc[0]
    assert found["attacks"] == 0
    assert np.isnan(found["kendall"])


def test_other_pictures_are_compared_with_a_named_data_set():
    ours = measured({"masw": 0.9, "tkml": 0.8}, dataset="scenes")
    assert compare(ours, dataset="coco2014").iloc[0]["paper_dataset"] == "coco2014"
    with pytest.raises(ValueError, match="The paper has no data set scenes: give dataset= one of coco2014"):
        compare(ours)
    with pytest.raises(ValueError, match="no data set cifar"):
        compare(ours, dataset="cifar")


def test_doubtful_numbers_are_named_and_can_be_left_out():
    ours = measured({"masw": 0.9, "mlalp": 0.8, "pgd": 0.7}, case="untargeted")
    assert compare(ours).iloc[0]["doubtful"] == ("mlalp",)
    firm = compare(ours, doubtful=False).iloc[0]
    assert firm["attacks"] == 2
    assert firm["doubtful"] == ()
    assert compare(measured({"masw": 0.9, "tkml": 0.8}, k=5), doubtful=False).iloc[0]["attacks"] == 0  # k by position


def test_missing_columns_and_measures_are_one_sentence():
    ours = measured({"masw": 0.9})
    with pytest.raises(ValueError, match="ours has no column pert_table"):
        compare(ours, by="pert")
    with pytest.raises(ValueError, match="by = 'speed' is no measure"):
        compare(ours, by="speed")
    assert compare(ours.iloc[:0]).empty
