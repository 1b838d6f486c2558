"""Recorded results: every folder is found and read, and studies become figures whatever their variable is."""

import json

from masw_core.benchmark.columns import KEY
from masw_core.published.recorded import FOLDER, recorded_sets, recorded_studies
from masw_core.views.study_figures import curve_figures, measures_of, study_figures

import pandas as pd
import plotly.graph_objects as go
import pytest
from scipy.stats import binomtest

POINTS = pd.DataFrame(
    {
        "study": "eta",
        "figure": "Fig. 10(b)",
        "variable": "eta",
        "value": [1.2, 1.01, 1.05],
        "series": "MASW",
        "case": "worst",
        "k": 10,
        "asr": [0.5, 0.75, 0.25],
        "lfr": [0.5, 0.75, 0.25],
        "sac": float("nan"),
        "norm": [2.0, 3.0, 4.0],
    }
)


@pytest.fixture
def folder(tmp_path):
    for name in ("coco2014", "zoo", "scenes"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "results.csv").write_text("dataset\nx\n")
    for name, points in (("eta", POINTS), ("broken", POINTS.drop(columns="series"))):
        (tmp_path / "studies" / name).mkdir(parents=True)
        points.to_csv(tmp_path / "studies" / name / "study.csv", index=False)
    (tmp_path / "studies" / "eta" / "study.md").write_text("ASR is best at 1.01.\n")
    return tmp_path


def test_sets_and_studies_are_found_and_studies_are_no_sets(folder):
    assert [one.title for one in recorded_sets(folder)] == ["Drawn scenes", "COCO 2014", "zoo"]
    assert [one.name for one in recorded_studies(folder)] == ["broken", "eta"]
    assert recorded_sets(folder / "nowhere") == recorded_studies(folder / "nowhere") == []


def test_a_study_is_read_with_its_finding_and_a_broken_one_is_one_sentence(folder):
    broken, eta = recorded_studies(folder)
    assert eta.finding() == "ASR is best at 1.01."
    assert len(eta.points()) == 3
    assert broken.finding() == ""
    with pytest.raises(ValueError, match=r"broken/study.csv lacks the columns series"):
        broken.points()
    with pytest.raises(ValueError, match="lacks the columns"):
        recorded_sets(folder)[0].table()


def test_samples_and_protocol_are_optional(folder):
    scenes = recorded_sets(folder)[0]
    assert (scenes.samples(), scenes.protocol()) == (None, {})
    (scenes.folder / "protocol.json").write_text(json.dumps({"steps": 40}))
    pd.DataFrame({"image": [1]}).to_csv(scenes.folder / "samples.csv.gz", index=False)
    assert scenes.protocol() == {"steps": 40}
    assert scenes.samples()["image"].tolist() == [1]


def test_a_number_becomes_a_line_in_its_order():
    (figure,) = study_figures(POINTS, "asr")
    go.Figure(figure.spec)
    (line,) = figure.spec["data"]
    assert (line["x"], line["y"]) == ([1.01, 1.05, 1.2], [75, 25, 50])
    assert "error_y" not in line, "nobody said how many images"
    assert figure.title == "Worst case, k = 10"
    assert "ASR" in figure.alt
    assert figure.table["norm"].tolist() == [3, 4, 2]


def test_a_choice_becomes_bars_and_every_case_a_panel_on_the_same_scale():
    tops = {"untargeted": 0.2, "worst": 0.6}
    cases = [POINTS.assign(value=list("abc"), case=case, asr=top) for case, top in tops.items()]
    first, second = study_figures(pd.concat(cases), "asr")
    for panel in (first, second):
        go.Figure(panel.spec)
        assert [trace["type"] for trace in panel.spec["data"]] == ["bar"]
        assert panel.spec["data"][0]["x"] == ["a", "b", "c"]
        assert not panel.spec["layout"]["showlegend"]
    assert (first.title, second.title) == ("Untargeted, k = 10", "Worst case, k = 10")
    assert first.spec["layout"]["yaxis"]["range"] == second.spec["layout"]["yaxis"]["range"]
    assert first.spec["layout"]["yaxis"]["range"][1] > 60


def test_series_have_colours_of_their_own_and_keep_them_in_every_panel():
    series = [POINTS.assign(series=name, case=case) for case in ("best", "worst") for name in ("one", "two")]
    series.append(POINTS.assign(series="two", case="random"))
    panels = study_figures(pd.concat(series), "lfr")
    colours = [{trace["name"]: trace["line"]["color"] for trace in panel.spec["data"]} for panel in panels]
    assert colours[0] == colours[1]
    assert len(set(colours[0].values())) == 2
    assert colours[2] == {"two": colours[0]["two"]}


def test_bars_with_long_names_lie_down():
    names = ["a short one", "b", "a name that needs room"]
    (figure,) = study_figures(POINTS.assign(value=names, samples=20), "asr")
    go.Figure(figure.spec)
    (bar,) = figure.spec["data"]
    assert (bar["orientation"], bar["y"]) == ("h", names)
    assert "error_y" not in bar
    assert figure.spec["layout"]["xaxis"]["range"][1] >= max(
        x + up for x, up in zip(bar["x"], bar["error_x"]["array"], strict=True)
    )


def test_whiskers_are_the_interval_of_a_share():
    """Wilson's, as scipy has it; the last two are at the ends, where it stays inside."""
    points = POINTS.assign(asr=[0.5, 0.0, 1.0], samples=20, seeds=2)
    (figure,) = study_figures(points, "asr")
    (line,) = figure.spec["data"]
    for y, up, down in zip(line["y"], line["error_y"]["array"], line["error_y"]["arrayminus"], strict=True):
        exact = binomtest(round(0.4 * y), 40).proportion_ci(method="wilson")
        assert (y - down, y + up) == pytest.approx((100 * exact.low, 100 * exact.high), abs=0.05)


def test_the_ratio_has_a_line_at_one_and_no_percent():
    (figure,) = study_figures(POINTS.assign(relative_afd=[1.0, 6.2, 0.5]), "relative_afd")
    assert sorted(figure.spec["data"][0]["y"]) == [0.5, 1, 6.2]
    assert figure.spec["layout"]["shapes"][0]["y0"] == 1
    assert "percent" not in figure.spec["layout"]["yaxis"]["title"]["text"]


def test_figures_of_a_study_are_kept_apart():
    points = pd.concat([POINTS, POINTS.assign(variable="nu", value=[0.01, 1, 2])])
    first, second = study_figures(points, "asr")
    assert first.spec["layout"]["xaxis"]["type"] == "-"
    assert second.spec["layout"]["xaxis"]["type"] == "log"


def test_only_measures_with_numbers_are_offered():
    assert measures_of(POINTS) == ["asr", "lfr"]
    assert measures_of(POINTS.assign(relative_afd=1.0)) == ["asr", "lfr", "relative_afd"]


@pytest.mark.parametrize("one", recorded_sets(), ids=lambda one: one.name)
def test_what_ships_is_whole(one):
    table, samples = one.table(), one.samples()
    assert table[["asr", "sasr", "lfr"]].stack().between(0, 1).all()
    assert not table.duplicated(list(KEY)).any()
    if samples is not None:
        rates = samples.groupby(list(KEY))["success"].mean().rename("rate").reset_index()
        both = table.merge(rates, on=list(KEY))
        assert len(both) == len(table)
        assert (both["asr"] - both["rate"]).abs().max() < 1e-5


@pytest.mark.parametrize("one", recorded_studies(), ids=lambda one: one.name)
def test_every_study_that_ships_draws(one):
    points = one.points()
    measures = measures_of(points)
    assert measures
    for measure in measures:
        for figure in study_figures(points, measure):
            go.Figure(figure.spec)


def test_results_ship_inside_the_repository():
    assert FOLDER.parent.name == "assets"


@pytest.mark.parametrize("one", recorded_studies(), ids=lambda one: one.name)
def test_every_study_that_ships_has_a_conclusion_and_its_curves_draw(one):
    assert len(one.conclusion()) > 100
    assert bool(one.verdict()) == bool(one.asked.claim)
    drawn = curve_figures(one.curves(), one.asked.names)
    assert bool(drawn) == (one.folder / "curves.csv").exists()
    for figure in drawn:
        means = [line for line in figure.spec["data"] if "opacity" not in line]
        assert {line["name"] for line in means} <= set(one.asked.names.values())
        assert all(line["y"][0] == pytest.approx(100) for line in means)
