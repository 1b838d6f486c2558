"""Which picture: a sample, or an upload that is read safely. Every refusal is one sentence and loses nothing."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from masw_core.engine.jobs import sentence_for
from pages.shared.links import TaskLinks
from pages.shared.task import Picture

import streamlit as st

UPLOAD = "Upload a picture"
TYPES = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff"]
MEGABYTES = 20
UPLOAD_MODEL = "photo"
WHY_SAMPLE = {
    "scenes": "This sample is a drawn scene, so it brings along the model trained on such scenes.",
    "scenes-robust": "This sample is a drawn scene, so it brings along the hardened model trained on such scenes.",
    "photo": "This sample is a photo, so it brings along the photo tagger.",
}
WHY_UPLOAD = "An upload is taken for a photo, so it is tagged by the photo tagger."


def choose_picture(page: TaskLinks) -> Picture | None:
    """The chosen picture, or None (with a sentence on the page) while there is none."""
    from masw_core.data.samples import list_samples

    samples = {sample.id: sample for sample in list_samples()}
    name = st.selectbox(
        "Picture",
        [*samples, UPLOAD],
        format_func=lambda n: samples[n].title if n in samples else n,
        **page.picture.bound,
    )
    if name in samples:
        sample = samples[name]
        return _picture(sample.title, sample.file.read_bytes(), sample.model, WHY_SAMPLE[sample.model], sample.alt)
    return _uploaded(page)


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
    return _picture(name, data, UPLOAD_MODEL, WHY_UPLOAD, f"Your picture {name}")


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
