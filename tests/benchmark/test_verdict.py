"""What the verdict says of tables whose answer is known, and that it never flatters MASW."""

from masw_core.benchmark.verdict import SMALL_RADII, reading_order, verdict

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

UNIFORM = "masw+weighting=uniform"


def table(rows: dict[tuple[str, int], dict[str, float]], seeds: int = 1, samples: float = 100) -> pd.DataFrame:
    """``{(case, k): {attack: asr in percent}}``."""
    return pd.DataFrame(
        {
            "dataset": "scenes",
            "model": "scenes",
            "case": case,
            "k": k,
            "attack": attack,
            "seed": seed,
            "asr": rate / 100,
            "samples": samples,
        }
        for (case, k), cells in rows.items()
        for attack, rate in cells.items()
        for seed in range(seeds)
    )


def test_a_clear_lead_is_counted_and_measured():
    said = verdict(table({("best", 3): {"masw": 90, "tkml": 80}, ("worst", 3): {"masw": 50, "tkml": 49, "pgd": 1}}))
    assert said.lead == "`masw` has the highest ASR of 3 attacks in both settings (case and k)."
    assert said.rival == "Against `tkml` it is ahead by 1.0 to 10.0 points."
    assert said.behind == ""
    assert said.weights == ""


def test_the_soft_rates_are_told_too_where_the_table_has_them():
    rows = table({("best", 3): {"masw": 90, "tkml": 80, "pgd": 1}, ("worst", 3): {"masw": 50, "tkml": 49}})
    both = rows.assign(sasr=rows["asr"] / 2, lfr=rows["attack"].map({"masw": 0.5, "tkml": 0.52, "pgd": 1.0}))
    assert verdict(both).soft == "Beside `tkml` its SASR differs by +0.5 to +5.0 and its LFR differs by −2.0 points."
    assert verdict(rows).soft == ""
    assert verdict(both[both["attack"] != "tkml"]).soft == ""


def test_where_it_is_not_ahead_is_named_with_both_numbers():
    said = verdict(table({("best", 3): {"masw": 90, "pgd": 95}, ("worst", 3): {"masw": 50, "pgd": 40}}))
    assert said.lead.startswith("`masw` has the highest ASR of 2 attacks in 1 of 2 settings")
    assert said.behind == "It is not ahead in: best case (90.0 against 95.0 of `pgd`)."


def test_k_is_named_where_it_varies_and_the_rest_is_counted():
    rows = {("best", k): {"masw": 50, "pgd": 50 + k} for k in range(1, 8)}
    said = verdict(table(rows))
    assert "0 of 7 settings" in said.lead
    assert said.behind.startswith("It is not ahead in: best case, k = 7 (50.0 against 57.0 of `pgd`);")
    assert said.behind.endswith("and 3 more.")


def test_a_draw_is_shared_not_won():
    said = verdict(table({("best", 3): {"masw": 100, "tkml": 100}, ("worst", 3): {"masw": 50, "tkml": 40}}))
    assert "in 1 of 2 settings (case and k) and shares it in 1" in said.lead
    assert said.behind == ""
    assert said.rival == "Against `tkml` it differs by +0.0 to +10.0 points, ahead in 1 of 2 settings."


def test_its_own_variants_are_no_rivals_and_are_compared_by_themselves():
    said = verdict(table({("best", 3): {"masw": 80, UNIFORM: 90, "masw:paper+eta=2": 99, "tkml": 70}}))
    assert said.lead == "`masw` has the highest ASR of 2 attacks in 1 of 1 setting (case and k)."
    assert (
        said.weights == f"Self-paced against uniform weights (`{UNIFORM}`) it is behind by 10.0 points. {SMALL_RADII}"
    )


def test_only_at_the_whole_radius_the_weights_point_to_small_ones():
    rows = table({("best", 3): {"masw": 80, UNIFORM: 70}})
    small = verdict(rows.assign(tau_share=0.4)).weights
    assert small == f"Self-paced against uniform weights (`{UNIFORM}`) it is ahead by 10.0 points."
    assert verdict(rows.assign(tau_share=1.0)).weights == f"{small} {SMALL_RADII}"
    assert "weighting.md" in SMALL_RADII
    assert verdict(table({("best", 3): {"masw": 80, "tkml": 70}})).weights == ""


def test_seeds_are_averaged_before_anything_is_said():
    first = table({("best", 3): {"masw": 100, "tkml": 50}})
    second = table({("best", 3): {"masw": 0, "tkml": 60}}).assign(seed=1)
    said = verdict(pd.concat([first, second]))
    assert "(50.0 against 55.0 of `tkml`)" in said.behind


def test_chance_is_the_binomial_range_of_a_difference():
    said = verdict(table({("best", 3): {"masw": 50, "tkml": 40}}, seeds=3))
    assert (
        said.chance == "With 300 images behind each number, a difference below 8 points can be chance."
    )  # 1.96 sqrt(.5/300)
    assert verdict(table({("best", 3): {"masw": 50, "tkml": 40}}, samples=float("nan"))).chance == ""


def test_a_table_without_masw_or_without_rows_says_so():
    assert "not in this table" in str(verdict(table({("best", 3): {"tkml": 40}})))
    assert "nothing" in str(verdict(table({("best", 3): {"masw": float("nan")}})))


def test_masw_alone_is_the_best_of_nothing():
    assert verdict(table({("best", 3): {"masw": 90, UNIFORM: 80}})).lead == ""


rates = st.integers(0, 1000).map(lambda tenths: tenths / 10)
grids = st.dictionaries(
    st.tuples(st.sampled_from(["untargeted", "best", "worst"]), st.sampled_from([3, 5])),
    st.fixed_dictionaries({"masw": rates, "tkml": rates, "pgd": rates}),
    min_size=1,
)


@given(grids)
def test_wins_draws_and_losses_add_up(rows):
    said = verdict(table(rows))
    won = sum(cells["masw"] > max(cells["tkml"], cells["pgd"]) for cells in rows.values())
    lost = sum(cells["masw"] < max(cells["tkml"], cells["pgd"]) for cells in rows.values())
    every = won == len(rows) > 1
    assert ("both settings" in said.lead or f"all {len(rows)} settings" in said.lead) if every else True
    if not every:
        assert f"in {won} of {len(rows)} setting" in said.lead
    assert (f"shares it in {len(rows) - won - lost}" in said.lead) == (won + lost < len(rows))
    more = int(said.behind.split("and ")[-1].split()[0]) if said.behind.endswith("more.") else 0
    assert said.behind.count("against") + more == lost


@pytest.mark.parametrize("first", ["masw", "pgd"])
def test_reading_order_is_ours_variants_then_the_strongest(first):
    rows = table({("best", 3): {"pgd": 10, "tkml": 80, UNIFORM: 1, "masw": 5}})
    assert reading_order(rows, first)[0] == first
    assert reading_order(rows) == ["masw", UNIFORM, "tkml", "pgd"]
