"""The results page without a browser: every source and view, hostile files, and links that set the lab's controls."""

from __future__ import annotations

import subprocess
import sys

from masw_core.attacks import list_attacks
from masw_core.models import list_models
from masw_core.published import recorded
from pages.parts.lab.links import written
from pages.parts.results.example import example_of
from pages.shared.cases import CASES
from pages.shared.links import LAB as LAB_LINKS

import pandas as pd
import pytest
import streamlit as st
from lab_driver import LAB, ROOT, open_lab
from streamlit.testing.v1 import AppTest

RESULTS = "pages/results.py"
VIEWS = ("Chart", "Table", "Beside the paper", "Norms", "Over tau", "Ablations")
METHODS = {"masw": (0.9, 0.4), "masw+weighting=uniform": (0.85, 0.5), "tkml": (0.7, 0.3), "pgd": (0.1, 0.0)}
PLAIN = "masw+weighting=uniform"
NAN = float("nan")


def small_table(seeds: int = 2) -> pd.DataFrame:
    rows = [
        {"dataset": "scenes", "model": "scenes", "case": case, "k": k, "attack": attack, "seed": seed}
        | dict.fromkeys(("asr", "sasr", "lfr", "sac", "fluctuating"), rates[case == "worst"] + 0.01 * seed)
        | dict.fromkeys(("pert_eq27", "pert_table", "fluctuation", "norm", "norm_success", "seconds_per_image"), 0.5)
        | {"forwards": 9, "backwards": 9, "samples": 100, "asr_eq25": 0.5, "tau": 3.0, "steps": 40}
        for case in ("untargeted", "worst")
        for k in (3, 5)
        for attack, rates in METHODS.items()
        for seed in range(seeds)
    ]
    return pd.DataFrame(rows)


RADII = (0.4, 0.7, 1.0)


def over_radii() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows and images at three radii; masw leads uniform weights by 25 points of SASR at 0.4 and nowhere else."""
    rows, images = [], []
    base = small_table(1).iloc[0].to_dict() | {"k": 3}
    for case in ("untargeted", "worst"):
        for share in RADII:
            for attack in ("masw", PLAIN, "tkml"):
                reached = share - (0.25 if share == 0.4 and attack != "masw" else 0.0) - 0.1 * (attack == "tkml")
                key = {"case": case, "attack": attack, "tau_share": share}
                rows.append(base | key | {"sasr": reached, "lfr": 0.5, "afd": 1.5 - reached, "tau": 3 * share})
                slc = 1 - reached if case == "untargeted" else reached
                image = {"success": 0, "slc": slc, "slf": 0.5, "norm": share, "dataset": "scenes", "model": "scenes"}
                images += [{**image, **key, "k": 3, "seed": 0, "image": number} for number in range(6)]
    return pd.DataFrame(rows), pd.DataFrame(images)


@pytest.fixture
def radii(folder):
    """The recorded set ``radius``."""
    (folder / "radius").mkdir()
    table, images = over_radii()
    table.to_csv(folder / "radius" / "results.csv", index=False)
    images.to_csv(folder / "radius" / "samples.csv.gz", index=False)
    return folder


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Recorded results of our own, so that these tests do not depend on what ships."""
    (tmp_path / "scenes").mkdir()
    (tmp_path / "studies" / "eta").mkdir(parents=True)
    table = small_table()
    table.to_csv(tmp_path / "scenes" / "results.csv", index=False)
    images = pd.concat([table.assign(image=image, success=1) for image in range(12)])
    images.to_csv(tmp_path / "scenes" / "samples.csv.gz", index=False)
    points = table.iloc[:4].assign(study="eta", figure="Fig. 10(b)", variable="eta", value=[1, 2, 3, 4], series="MASW")
    points.to_csv(tmp_path / "studies" / "eta" / "study.csv", index=False)
    (tmp_path / "studies" / "eta" / "study.md").write_text("ASR hardly depends on eta.")
    monkeypatch.setattr(recorded, "FOLDER", tmp_path)
    st.cache_data.clear()
    return tmp_path


def open_results(**query: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    at.switch_page(RESULTS).run()
    assert not at.exception, at.exception
    return at


def text(at) -> str:
    return " ".join(element.value for kind in (at.markdown, at.caption, at.info, at.error) for element in kind)


def choose_cell(at: AppTest, key: str, row: int, column: str) -> AppTest:
    at.session_state[key] = {"selection": {"rows": [], "columns": [], "cells": [(row, column)]}}
    at.run()
    assert not at.exception, at.exception
    return at


def test_the_page_imports_no_torch():
    code = (
        "import sys; from streamlit.testing.v1 import AppTest; "
        "at = AppTest.from_file('app.py', default_timeout=60).run(); at.switch_page('pages/results.py').run(); "
        "assert not at.exception, at.exception; print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_first_view_says_shows_and_lists(folder):
    at = open_results()
    assert "`masw` has the highest ASR of 3 attacks in both settings" in text(at)
    assert "it is ahead by 10.0 to 20.0 points" in text(at)
    assert "it differs by −10.0 to +5.0 points, ahead in 1 of 2 settings" in text(at)
    (chart,) = at.get("plotly_chart")
    assert chart.proto.alt
    shown = at.dataframe[0].value
    assert list(shown) == ["attack", "Untargeted", "Worst case"]
    assert shown["attack"].tolist() == list(METHODS)
    assert shown["Untargeted"].tolist() == pytest.approx([90.5, 85.5, 70.5, 10.5])


@pytest.mark.parametrize("source", ["Recorded here", "The paper's", "Your own file"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_source_in_every_view(folder, source, view):
    at = open_results(res_source=source, res_view=view)
    if source == "Your own file" and view != "Ablations":
        at.get("file_uploader")[0].upload("results.csv", small_table().to_csv(index=False).encode()).run()
        assert not at.exception
    assert at.dataframe or at.info
    drawn = view in ("Chart", "Ablations")
    assert len(at.get("plotly_chart")) == drawn
    if view in ("Chart", "Table"):
        assert "Choose any cell" in text(at)


@pytest.mark.parametrize("view", VIEWS[:4])
@pytest.mark.parametrize("dataset", ["VOC 2012", "COCO 2014", "NUS-WIDE", "Open Images"])
def test_every_data_set_of_the_paper(dataset, view):
    at = open_results(res_source="The paper's", res_printed=dataset, res_view=view, res_k="all")
    if view in ("Chart", "Table"):
        assert "`masw` has the highest ASR" in text(at)
        assert len(at.dataframe[0].value) > 5


def test_doubtful_numbers_of_the_paper_are_starred_and_explained():
    at = open_results(res_source="The paper's", res_view="Table")
    shown = at.dataframe[0].value.set_index(["attack", "case"])
    assert "differs from Table S.I" in shown.loc[("mlalp", "Untargeted"), "note"]
    styles = at.dataframe[0].proto.arrow_data.styler.display_values
    from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df

    texts = convert_arrow_bytes_to_pandas_df(styles).astype(str)
    row = list(shown.index).index(("mlalp", "Untargeted"))
    assert texts.iloc[row].tolist().count("65.0*") == 1
    assert "* marks a number not to be relied on" in text(at)


def test_means_spread_and_the_best_are_in_the_text_of_a_cell(folder):
    from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df

    proto = open_results().dataframe[0].proto.arrow_data
    texts = convert_arrow_bytes_to_pandas_df(proto.styler.display_values)
    assert texts.iloc[0, 1] == "★ 90.5 ± 0.5"
    assert texts.iloc[1, 1] == "85.5 ± 0.5"


def test_filters_narrow_the_table_and_live_in_the_link(folder):
    at = open_results(res_view="Table", res_k="5", res_case="Worst case", res_attacks="tkml")
    shown = at.dataframe[0].value
    assert shown[["case", "k", "attack"]].to_numpy().tolist() == [["Worst case", 5, "tkml"]]
    assert "of 3 attacks" in text(at), "the verdict is about all attacks"
    at.get_by_key("res_k").set_value("all").run()
    assert at.dataframe[0].value["k"].tolist() == [3, 5]


@pytest.mark.parametrize("query", [{"res_k": "999"}, {"res_view": "x"}, {"res_set": "../../etc"}, {"res_case": "y"}])
def test_links_out_of_range_fall_back(folder, query):
    assert "highest ASR" in text(open_results(**query))


def test_filters_survive_a_change_of_source(folder):
    at = open_results(res_k="5", res_attacks="masw+weighting=uniform")
    at.get_by_key("res_source").set_value("The paper's").run()
    assert not at.exception, at.exception
    assert "Tables I to VIII" in text(at)


def test_beside_the_paper_says_what_compares(folder):
    at = open_results(res_view="Beside the paper")
    assert "does not compare: what does is the **order**" in text(at)
    assert "rank correlation 1.00 over 3 attacks. The same order." in text(at)
    shown = at.dataframe[0].value
    assert shown["difference"].tolist() == pytest.approx((shown["ours"] - shown["paper"]).tolist())


def test_a_set_stands_beside_its_own_tables_of_the_paper(folder):
    """Other pictures stand beside its first set; a choice and a link are kept until the set changes."""
    (folder / "coco2014-photos").mkdir()
    small_table().assign(dataset="coco2014").to_csv(folder / "coco2014-photos" / "results.csv", index=False)
    photos = recorded.TITLES["coco2014-photos"]
    at = open_results(res_view="Beside the paper", res_set=photos)
    chosen = at.get_by_key("res_against")
    assert chosen.value == "coco2014"
    chosen.set_value("nuswide").run()
    assert at.get_by_key("res_against").value == "nuswide"
    at.get_by_key("res_set").set_value("scenes").run()
    assert at.get_by_key("res_against").value == "voc2012"
    assert not at.exception, at.exception
    linked = open_results(res_view="Beside the paper", res_set=photos, res_against="NUS-WIDE")
    assert linked.get_by_key("res_against").value == "nuswide"


def test_over_tau_draws_lists_and_pairs(radii):
    at = open_results(res_set="Drawn scenes, over tau", res_view="Over tau")
    assert len(at.get("plotly_chart")) == 4, "levels and differences, a panel per case"
    levels, differences = (shown.value for shown in at.dataframe)
    assert list(levels) == ["attack", "case", "0.4 τ", "0.7 τ", "τ"]
    row = levels.set_index(["attack", "case"]).loc[("tkml", "Worst case")]
    assert row.tolist()[:3] == pytest.approx([5, 60, 90])
    said = text(at)
    assert f"SASR against `{PLAIN}`" in said
    assert "`masw` is better in 2, worse in 0 of 6 settings" in said
    assert "`tkml` is better in 0, worse in 6 of 6 settings" in said
    row = differences.set_index(["attack", "case"]).loc[("masw", "Untargeted")]
    assert row.tolist() == pytest.approx([0.25, 0, 0])
    at.get_by_key("res_over").set_value("afd").run()
    assert not at.exception, at.exception
    levels, differences = (shown.value for shown in at.dataframe)
    area = levels.set_index(["attack", "case"]).loc[(PLAIN, "Worst case"), "area"]
    assert area == pytest.approx(((1.35 + 0.8) / 2 + (0.8 + 0.5) / 2) / 2)
    assert differences.set_index(["attack", "case"]).loc[("masw", "Worst case"), "area"] == pytest.approx(-0.0625)
    assert "`masw` is better in 2, worse in 0 of 6 settings" in text(at)
    at.get_by_key("res_over_base").set_value("tkml").run()
    assert f"`{PLAIN}` is better in 6, worse in 0 of 6 settings" in text(at)


def test_over_tau_says_that_nothing_differs_and_what_could_be_told_from_chance(radii):
    at = open_results(res_set="Drawn scenes, over tau", res_view="Over tau", res_over="LFR")
    said = text(at)
    assert "`masw` **differs in none** of 6 settings (case, k, radius). With 6 images" in said
    assert "about 0 points" in said, "all images of the table are alike"


def test_a_cell_over_tau_leads_to_the_lab_with_its_radius(radii):
    at = open_results(res_set="Drawn scenes, over tau", res_view="Over tau")
    for table in ("radius", "differences"):
        choose_cell(at, f"res_cells_{table}", 0, "0.4 τ")
    first, second = at.page_link
    assert "lab_masw_tau=1.2" in first.proto.query_string
    assert second.proto.query_string == first.proto.query_string


def test_other_views_show_the_whole_radius_first_and_any_other_on_request(radii):
    at = open_results(res_set="Drawn scenes, over tau", res_view="Table")
    shown = at.dataframe[0].value.set_index(["attack", "case"])
    assert len(shown) == 6
    assert shown.loc[("masw", "Worst case"), "SASR %"] == pytest.approx(100)
    at.get_by_key("res_radius").set_value(0.4).run()
    assert not at.exception, at.exception
    shown = at.dataframe[0].value.set_index(["attack", "case"])
    assert shown.loc[("masw", "Worst case"), ["SASR %", "AFD"]].tolist() == pytest.approx([40, 1.1])
    for view in ("Chart", "Norms", "Beside the paper"):
        at.get_by_key("res_view").set_value(view).run()
        assert not at.exception, at.exception


def test_a_set_of_one_radius_says_where_there_are_several(radii):
    at = open_results(res_view="Over tau")
    assert "These numbers are of one radius. Choose the set “Drawn scenes, over tau”." in text(at)


def test_an_own_file_with_radii_has_curves_and_says_what_differences_need(folder):
    at = open_results(res_source="Your own file", res_view="Over tau")
    at.get("file_uploader")[0].upload("r.csv", over_radii()[0].to_csv(index=False).encode()).run()
    assert not at.exception, at.exception
    assert len(at.get("plotly_chart")) == 2
    assert "only recorded sets have those" in text(at)


def test_no_recorded_results_are_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(recorded, "FOLDER", tmp_path)
    assert "No results are recorded yet" in text(open_results())
    assert "No studies are recorded yet" in text(open_results(res_view="Ablations"))


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02", "not text"),
        (b"hello", "lacks the columns"),
        (b"=cmd|'/c calc'!A1,b\n1,2", "lacks the columns"),
        (small_table().assign(asr=90).to_csv(index=False).encode(), "between 0 and 1"),
        (small_table().assign(attack="<img src=x onerror=alert(1)>").to_csv(index=False).encode(), "is no name"),
    ],
    ids=["empty", "binary", "text", "formula", "percent", "markup"],
)
def test_a_bad_file_is_one_sentence_and_keeps_the_settings(folder, content, word):
    at = open_results(res_source="Your own file", res_view="Table")
    at.get("file_uploader")[0].upload("results.csv", content).run()
    assert not at.exception
    assert word in at.error[0].value
    assert "Your settings are kept" in at.error[0].value
    assert at.get_by_key("res_view").value == "Table"
    assert not at.dataframe


def test_a_file_with_few_columns_is_enough(folder):
    at = open_results(res_source="Your own file")
    data = b"dataset,model,case,k,attack,asr\nd,m,best,10,masw,0.5\nd,m,best,10,other,0.6\n"
    at.get("file_uploader")[0].upload("mine.csv", data).run()
    assert "It is not ahead in: best case (50.0 against 60.0 of `other`)." in text(at)
    choose_cell(at, "res_cells_chart", 1, "Best case")
    assert "`other` cannot be run here" in text(at)


def test_a_cell_leads_to_the_lab(folder):
    at = choose_cell(open_results(), "res_cells_chart", 1, "Worst case")
    (link,) = at.page_link
    assert "Attack lab" in link.label
    assert "`masw+weighting=uniform`, worst case, k = 3: ASR 50.5 %" in text(at)
    choose_cell(at, "res_cells_chart", 0, "attack")
    assert "`masw`, untargeted" in text(at)
    choose_cell(at, "res_cells_chart", 77, "Worst case")
    assert not at.page_link


@pytest.mark.parametrize(("view", "key", "line"), [("Beside the paper", "beside", 1), ("Norms", "norms", 4)])
def test_cells_of_comparisons_lead_to_the_lab_too(folder, view, key, line):
    at = open_results(res_view=view)
    row = at.dataframe[0].value.iloc[line]
    choose_cell(at, f"res_cells_{key}", line, "attack")
    (link,) = at.page_link
    assert "Attack lab" in link.label
    assert f"`{row['attack']}`, {row['case'].lower()}, k = {row['k']}: ASR" in text(at)
    assert at.dataframe[0].value["attack"].nunique() > 1, "any attack would have passed"


def test_the_universal_case_has_no_run_in_the_lab():
    at = open_results(res_source="The paper's")
    choose_cell(at, "res_cells_chart", 0, "Universal")
    assert "universal case cannot be opened there" in text(at)


def cells() -> list[tuple]:
    """What the recorded tables hold, and one cell of everything else that links must carry."""
    found = {
        ("scenes", "worst", 5, "masw:paper+step_rule=unit+step_size=None", 40, 4.5),
        ("photo", "untargeted", 3, "masw+weighting=uniform", 40, 2.0),
        ("scenes-robust", "best", 3, "rank1", 13, 6.0),
        ("Inception-v3", "random", 5, "pgd", NAN, NAN),
    }
    for one in recorded.recorded_sets():
        table = one.table().drop_duplicates(["model", "case", "attack"])
        columns = ["model", "case", "k", "attack", "steps", "tau"]
        found |= set(table.loc[table["case"] != "universal", columns].itertuples(index=False, name=None))
    return sorted(found, key=str)


def displayed(at: AppTest, name: str) -> str:
    """What a control of the lab shows, as a link writes it."""
    widget = at.get_by_key(name)
    if hasattr(widget, "options") and not isinstance(widget.value, list):
        return CASES[widget.value] if name == "lab_case" else widget.options[widget.index]
    return widget.value if isinstance(widget.value, str) else written(widget.value)


@pytest.mark.parametrize("cell", cells(), ids=str)
def test_every_link_sets_what_it_says(cell, quick_models):
    model, case, k, attack, steps, tau = cell
    example = example_of(model, case, int(k), attack, steps, tau)
    at = open_lab(**example.query)
    named = {name: value for name, value in example.query.items() if name != LAB_LINKS.card.key}
    assert {name: displayed(at, name) for name in named} == named
    assert {name: at.query_params.get(name) for name in named} == named, "it names a default"
    assert at.session_state["lab_case"] == case
    assert at.session_state["lab_k"] == k
    assert at.session_state["lab_attack"] == attack.split("+")[0].split(":")[0]
    assert at.session_state["lab_model"] == (model if model in {one.name for one in list_models()} else "scenes-robust")
    assert at.button(key="lab_run").disabled == (k > 5), "the small network has too many true labels for k = 10"


@pytest.mark.parametrize("info", list_attacks(), ids=lambda info: info.name)
def test_a_link_orders_the_attack_that_was_measured(info, quick_models):
    """The settings of the lab's order build the attack of the benchmark's rules, but for what is set per image."""
    from masw_core.attacks import load_attack
    from masw_core.benchmark.methods import Method

    case = "untargeted" if info.supports("untargeted") else "worst"
    measured = Method.parse(info.name).attack(40, 3.0)
    at = open_lab(**example_of("scenes", case, 3, info.name, measured.steps, 3.0).query)
    settings = {}
    for key in (name for name in at.query_params if name.startswith(f"lab_{info.name}_")):
        settings[key.removeprefix(f"lab_{info.name}_")] = at.session_state[key]
    own = load_attack(info.name).tau  # None: the model's, 3.0 here; some attacks bring their own
    tau = settings.pop("tau", 3.0 if own is None else own)
    assert load_attack(info.name, "default", tau=tau, **settings) == measured


def test_a_link_forgets_what_the_lab_had_before(quick_models):
    """What a link names replaces what was set before only in a browser: see tests/e2e."""
    at = open_lab(lab_masw_eta="1.5", lab_k="7", lab_case="Best case")
    at.query_params.clear()
    for name, value in example_of("scenes-robust", "untargeted", 3, "masw", NAN, NAN).query.items():
        at.query_params[name] = value
    at.switch_page(LAB).run()
    assert not at.exception
    assert at.session_state["lab_masw_eta"] is None
    assert (at.session_state["lab_k"], at.session_state["lab_case"]) == (3, "untargeted")
    assert LAB_LINKS.card.key not in at.query_params


@pytest.mark.parametrize("view", VIEWS[:3])
def test_a_file_full_of_attacks_and_k_stays_bounded(folder, view):
    names = [f"attack{number}" for number in range(50)]
    rows = [f"d,m,{case},{k},{name},0.5" for case in ("best", "worst") for k in range(1, 51) for name in names]
    at = open_results(res_source="Your own file", res_view=view)
    data = "\n".join(["dataset,model,case,k,attack,asr", *rows]).encode()
    at.get("file_uploader")[0].upload("many.csv", data).run()
    assert not at.exception
    assert "10 more attacks are not shown" in text(at)
    assert len(at.get("plotly_chart")) <= 1
    assert all(len(shown.value) <= 80 for shown in at.dataframe)
