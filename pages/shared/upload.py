"""Which picture: a sample, or an upload that is read safely. Every refusal is one sentence and loses nothing."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from masw_core.engine.jobs import sentence_for
from pages.shared.links import TaskLinks
from pages.shared.task import Picture

import streamlit as st

if TYPE_CHECKING:
    from masw_core.data.samples import Sample

UPLOAD, OF_BUNDLE = "Upload a picture", "The opened bundle's picture"
TYPES = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff"]
MEGABYTES = 20
UPLOAD_MODEL = "photo"
WHY_SAMPLE = {
    "scenes": "This sample is a drawn scene, so it brings along the model trained on such scenes.",
    "scenes-robust": "This sample is a drawn scene, so it brings along the hardened model trained on such scenes.",
    "photo": "This sample is a photo, so it brings along the photo tagger.",
}
WHY_BUNDLE = "The picture came in a bundle, and so did the name of its model."
WHY_UPLOAD = "An upload is taken for a photo, so it is tagged by the photo tagger."


def choose_picture(page: TaskLinks) -> Picture | None:
    """The chosen picture, or None (with a sentence on the page) while there is none."""
    from masw_core.data.samples import list_samples

    samples = {sample.id: sample for sample in list_samples()}
    of_bundle: Picture | None = st.session_state.get(_of_bundle(page))
    name = st.selectbox(
        "Picture",
        [*samples, UPLOAD, *([OF_BUNDLE] if of_bundle else [])],
        **page.picture.bound_as(lambda n: samples[n].title if n in samples else n),
    )
    if name in samples:
        return _of_sample(samples[name])
    return of_bundle if name == OF_BUNDLE else _uploaded(page)


def put_picture(page: TaskLinks, name: str, png: bytes, model: str) -> Picture:
    """Make the picture of a bundle the page's: offered from now on, and chosen."""
    picture = replace(_picture(name, png, model, WHY_BUNDLE, f"The picture {name} of a bundle"), sent=True)
    st.session_state[_of_bundle(page)] = picture
    st.session_state[page.picture.key] = OF_BUNDLE
    return picture


def put_sample(page: TaskLinks, sample: Sample) -> Picture:
    """Choose a sample."""
    st.session_state[page.picture.key] = sample.id
    return _of_sample(sample)


def _of_sample(sample: Sample) -> Picture:
    return _picture(sample.title, sample.file.read_bytes(), sample.model, WHY_SAMPLE[sample.model], sample.alt)


def _of_bundle(page: TaskLinks) -> str:
    return page.widget("picture_of_bundle")


def _uploaded(page: TaskLinks) -> Picture | None:
    file = st.file_uploader(
        "Your picture", TYPES, key=page.widget("upload"), max_upload_size=MEGABYTES, label_visibility="collapsed"
    )
    if file is None:
        st.caption(f"PNG, JPEG, WebP, BMP, GIF or TIFF up to {MEGABYTES} MB. It stays on this server's memory only.")
        return None
    data = file.getvalue()
    if (sentence := refusal(data)) is not None:
        st.error(f"{sentence} Your settings are kept: choose another file.", icon=":material/broken_image:")
        return None
    name = Path(file.name).stem
    return replace(_picture(name, data, UPLOAD_MODEL, WHY_UPLOAD, f"Your picture {name}"), sent=True)


@st.cache_data(max_entries=32, show_spinner=False)
def refusal(data: bytes) -> str | None:
    """Why these bytes cannot be used as a picture, or None."""
    from masw_core.data.images import ImageError, read_image

    try:
        read_image(data)
    except ImageError as error:
        return sentence_for(error)
    return None


def _picture(name: str, data: bytes, model: str, why: str, alt: str) -> Picture:
    return Picture(name, data, sha256(data).hexdigest()[:16], model, why, alt)
