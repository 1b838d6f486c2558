"""The controls of pages that attack one picture: model, case, k, true labels, and whether that is possible at all.

Values live in the URL, under the names people read, so that a link reopens the same settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from masw_core.engine.jobs import sentence_for
from masw_core.views.glossary import tooltip
from pages.shared import compute
from pages.shared.cases import CASES
from pages.shared.following import changed
from pages.shared.links import TaskLinks
from pages.shared.task import Picture

import streamlit as st

if TYPE_CHECKING:
    from masw_core.models import ModelInfo

MOST_SEED = 10_000


def choose_model(picture: Picture, page: TaskLinks) -> str:
    """The model to attack: the one the picture brings along, unless somebody changes it."""
    from masw_core.models import list_models

    infos = {info.name: info for info in list_models()}
    names = list(infos)
    if changed(page.model.key, picture.digest):
        st.session_state[page.model.key] = picture.model
    name = st.selectbox(
        "Model",
        names,
        index=names.index(picture.model),
        **page.model.bound_as(lambda n: infos[n].title),
        help="  \n".join(f"**{info.title}**: {info.summary}." for info in infos.values()),
    )
    st.caption(_why(picture, infos[name]))
    return name


def _why(picture: Picture, info: ModelInfo) -> str:
    """Why this model, in a sentence, and what it costs to fetch it."""
    if info.name == picture.model:
        text = picture.why
    else:
        made_for = "photos" if info.images == "photos" else "drawings"
        text = f"Your choice: {info.title} was made for {made_for}, so judge its labels before you attack them."
    return f"{text} First use fetches {info.downloads}." if info.downloads else text


def load_or_explain(picture: Picture, name: str) -> compute.Loaded | None:
    """The model, ready and fed with the picture; if that cannot be, None and a sentence on the page."""
    try:
        with st.spinner("Loading the model…"):
            here = compute.loaded(name)
            compute.clean_scores(picture.digest, picture.data, name)
    except ValueError as error:
        st.error(sentence_for(error), icon=":material/error:")
        return None
    return here


def preview(picture: Picture, here: compute.Loaded) -> None:
    """The picture as the model sees it."""
    height, width = here.model.input_size
    seen = _seen(picture.digest, picture.data, here.model.input_size)
    st.image(seen, width=230, caption=f"as the model sees it, {width} × {height}", alt=picture.alt)


@st.cache_data(max_entries=16, show_spinner=False)
def _seen(digest: str, _data: bytes, size: tuple[int, int]) -> bytes:
    """PNG of a picture as a model of this size sees it."""
    from masw_core.views.pictures import png

    return png(compute.model_input(digest, _data, size))


def choose_case(page: TaskLinks) -> str:
    return st.segmented_control(
        "Case",
        list(CASES),
        default=page.case.default,
        required=True,
        **page.case.bound_as(CASES.__getitem__),
        help=tooltip("case"),
        wrap=True,
    )


def choose_k(labels: int, page: TaskLinks) -> int:
    return int(st.number_input("k", 1, labels - 1, page.k.default, **page.k.bound, help=tooltip("k")))


def choose_seed(page: TaskLinks) -> int:
    seed = st.number_input(
        "Seed", 0, MOST_SEED, page.seed.default, **page.seed.bound, help="For random targets and random starts."
    )
    return int(seed)


def choose_cost(case: str, page: TaskLinks) -> bool:
    """Whether the other labels have to keep their side."""
    keep = st.toggle(
        "Keep the other labels (attack cost)",
        **page.cost.bound,
        disabled=case == "untargeted",
        help=tooltip("ac", more="Targeted cases only: labels neither true nor target must keep their side (Eq. S.4)."),
    )
    return bool(keep) and case != "untargeted"


def choose_true(picture: Picture, model: str, page: TaskLinks) -> tuple[str, ...]:
    """The true labels: proposed by the model, editable."""
    labels = list(compute.loaded(model).model.labels)
    proposal = compute.proposed_labels(picture, model)
    if changed(page.true.key, (picture.digest, model)):
        st.session_state[page.true.key] = proposal
    chosen = st.multiselect(
        "True labels",
        labels,
        default=proposal,
        **page.true.bound,
        help=tooltip("true", more="Proposed by the model, all at 0.5 or more: correct them if it is wrong."),
    )
    _suggest([label for label in compute.nearly_proposed(picture, model) if label not in chosen], page)
    return tuple(chosen)


def _suggest(labels: list[str], page: TaskLinks) -> None:
    """Labels that one click adds to the true ones; nothing where there are none."""
    true, picked = page.true.key, f"{page.true.key}_nearly"

    def add() -> None:
        st.session_state[true] = [*st.session_state[true], st.session_state[picked]]
        st.session_state[picked] = None

    if labels:
        st.pills("Just below 0.5; click to add", labels, key=picked, on_change=add, wrap=True)
