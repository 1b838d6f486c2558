"""The model card tells what was recorded with the weights."""

from masw_core import load_model

import pytest
import streamlit as st
from lab_driver import open_lab


@pytest.mark.parametrize("name", ["scenes", "scenes-robust", "photo"])
def test_the_card_shows_the_facts_of_the_weights(name):
    st.cache_resource.clear()
    card = load_model(name).card
    at = open_lab(lab_model={"scenes": "Scenes", "photo": "Photo tagger (experimental)"}.get(name, ""))
    text = " ".join(element.value for element in at.markdown)
    if name == "photo":
        assert card["weak at"] in text
        assert any("ImageNet classes" in frame.value for frame in at.dataframe)
    else:
        assert f"mAP {card['results']['test']['mAP']:.1f}" in text
        assert f"mAP {card['results']['unseen']['mAP']:.1f}" in text
        assert all(limit in text for limit in card["limits"])
