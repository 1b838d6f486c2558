"""The model card tells what was recorded with the weights."""

from masw_core import load_model
from pages.shared.model_card import label_rows

import pytest
import streamlit as st
from lab_driver import open_lab

TITLES = {"photo": "Photo tagger", "photo-voc": "Photo tagger, 20 labels", "scenes": "Scenes"}


@pytest.mark.parametrize("name", ["scenes", "scenes-robust", "photo", "photo-voc"])
def test_the_card_shows_the_facts_of_the_weights(name):
    st.cache_resource.clear()
    card = load_model(name).card
    at = open_lab(lab_model=TITLES.get(name, ""))
    text = " ".join(element.value for element in at.markdown)
    for numbers in card["results"].values():
        assert f"mAP {numbers['mAP']:.1f}" in text
        assert f"{numbers['photos'] if 'photos' in numbers else numbers['scenes']:,}" in text
    assert all(limit in text for limit in card["limits"])
    frames = [frame.value for frame in at.dataframe if "label" in frame.value]
    measured = {label for numbers in card["results"].values() for label, ap in numbers["AP"].items() if ap is not None}
    assert any(set(frame["label"]) == measured for frame in frames)


def test_labels_that_no_picture_showed_are_left_out_and_the_best_comes_first():
    results = {"val": {"AP": {"cat": 40.0, "dog": None, "bus": 90.0}}}
    assert label_rows(results, ("cat", "dog", "bus")) == [
        {"label": "bus", "AP, val": 90.0},
        {"label": "cat", "AP, val": 40.0},
    ]
